/** Degrees, longitude first, in WGS84. */
export interface Point { readonly longitude: number; readonly latitude: number }
export interface Box { readonly west: number; readonly south: number; readonly east: number; readonly north: number }

export const CHINA: Box = { west: 73, south: 3, east: 136, north: 54 };
/** Without a box of its own a district is taken to lie within a degree (about 100 km) of the middle one of its points. */
const REACH_DEGREES = 1;

export function isInside({ longitude, latitude }: Point, { west, south, east, north }: Box): boolean {
  return longitude >= west && longitude <= east && latitude >= south && latitude <= north;
}

/** The box around the median of the points; one wrong point does not move it. Undefined without points. */
export function boxAround(points: readonly Point[]): Box | undefined {
  const longitude = median(points.map((point) => point.longitude));
  const latitude = median(points.map((point) => point.latitude));
  if (longitude === undefined || latitude === undefined) return undefined;
  return { west: longitude - REACH_DEGREES, south: latitude - REACH_DEGREES, east: longitude + REACH_DEGREES, north: latitude + REACH_DEGREES };
}

function median(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

// The Krasovsky 1940 ellipsoid, on which the public approximations of the GCJ-02 offset are written.
const AXIS = 6_378_245;
const ECCENTRICITY = 0.006_693_421_622_965_943;
const STEPS = 6;

/**
 * A point of a Chinese map (GCJ-02) in WGS84. The offset has no closed inverse: we look for the point whose offset leads
 * here, which settles to centimetres; the public approximation of the offset itself is good to about a metre.
 */
export function fromGcj02(there: Point): Point {
  let here = there;
  for (let step = 0; step < STEPS; step += 1) {
    const { longitude, latitude } = toGcj02(here);
    here = { longitude: here.longitude - (longitude - there.longitude), latitude: here.latitude - (latitude - there.latitude) };
  }
  return { longitude: round(here.longitude), latitude: round(here.latitude) };
}

/** Where a Chinese map shows a WGS84 point. */
export function toGcj02({ longitude, latitude }: Point): Point {
  const x = longitude - 105;
  const y = latitude - 35;
  const phi = (latitude * Math.PI) / 180;
  const curve = 1 - ECCENTRICITY * Math.sin(phi) ** 2;
  const metresNorth = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * Math.sqrt(Math.abs(x)) + ripple(x, 6, 20) + ripple(x, 2, 20) + waves(y, [[1, 20], [1 / 3, 40], [1 / 12, 160], [1 / 30, 320]]);
  const metresEast = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * Math.sqrt(Math.abs(x)) + ripple(x, 6, 20) + ripple(x, 2, 20) + waves(x, [[1, 20], [1 / 3, 40], [1 / 12, 150], [1 / 30, 300]]);
  return {
    longitude: longitude + (metresEast * 180) / ((AXIS / Math.sqrt(curve)) * Math.cos(phi) * Math.PI),
    latitude: latitude + (metresNorth * 180) / (((AXIS * (1 - ECCENTRICITY)) / (curve * Math.sqrt(curve))) * Math.PI),
  };
}

function ripple(at: number, frequency: number, height: number): number {
  return (height * Math.sin(frequency * at * Math.PI) * 2) / 3;
}

function waves(at: number, terms: readonly (readonly [number, number])[]): number {
  return terms.reduce((sum, [frequency, height]) => sum + ripple(at, frequency, height), 0);
}

function round(degrees: number): number {
  return Math.round(degrees * 1e6) / 1e6;
}
