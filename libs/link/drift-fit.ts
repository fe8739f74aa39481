/** The shortest ways seen in one stretch of time: offset plus delay up, delay down minus offset, in ms. */
export type ShortestWays = { readonly at: number; readonly up: number; readonly down: number };

/** Quartz of terminals and servers lies within some tens of ppm; beyond this is no quartz. */
const USUAL_DRIFT = 30e-6;
const MAX_DRIFT = 200e-6;
/** Delays repeat no better than this, ms. */
const LEAST_SPREAD_MS = 0.1;

/**
 * How fast the offset grows, in ms per ms. Delay is a floor plus something exponential, so the best line is the one that
 * lies highest under all shortest ways, each direction weighed by how little it scatters (a congested uplink then hardly
 * counts), pulled towards zero as far as a usual quartz makes likely: with a few seconds of data the answer is near zero.
 */
export function fitDrift(ways: readonly ShortestWays[], previous: number): number {
  if (ways.length < 2) return 0;
  const centre = ways.reduce((sum, way) => sum + way.at, 0) / ways.length;
  const upSpread = spread(ways.map(({ at, up }) => up - previous * (at - centre)));
  const downSpread = spread(ways.map(({ at, down }) => down + previous * (at - centre)));
  const likelihood = (drift: number): number => {
    let up = Infinity;
    let down = Infinity;
    for (const way of ways) {
      const grown = drift * (way.at - centre);
      if (way.up - grown < up) up = way.up - grown;
      if (way.down + grown < down) down = way.down + grown;
    }
    return ways.length * (up / upSpread + down / downSpread) - (drift / USUAL_DRIFT) ** 2 / 2;
  };
  return highest(likelihood, -MAX_DRIFT, MAX_DRIFT);
}

function spread(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.max(LEAST_SPREAD_MS, mean - Math.min(...values));
}

/** Where a concave function is highest: thirds are cut away until 0.01 ppm is left. */
function highest(of: (value: number) => number, from: number, to: number): number {
  let low = from;
  let high = to;
  while (high - low > 1e-8) {
    const third = (high - low) / 3;
    if (of(low + third) < of(high - third)) low += third;
    else high -= third;
  }
  return (low + high) / 2;
}
