import { FakeMedia, tone } from '../support/terminal-agent/fake-media';
import { Weather, type Placed } from '../support/terminal-agent/weather';
import { buildWorld, type World } from '../support/trust-builder';

/**
 * Bad weather, one scenario after the other, each with many seeds: the moment of every mishap is drawn inside its
 * bounds. In every run the promises hold: nothing stale, nothing doubled, nothing outside, and each order ends in a
 * final state with its reason. `CLARION_WEATHER_SEEDS=200 npx jest tests/scenarios/weather` draws more.
 */
const SEEDS = Array.from({ length: Number(process.env.CLARION_WEATHER_SEEDS ?? 6) }, (_, index) => index + 1);
const siren = tone(700, 1_000, 'siren');
const speech = tone(300, 2_000);
let world: World;
let media: FakeMedia;
beforeAll(async () => { world = await buildWorld(); });
beforeEach(() => {
  media = new FakeMedia();
  media.put(siren);
  media.put(speech);
});

/** Somebody else's order comes along in every run. */
async function begin(seed: number, options: Parameters<typeof Weather.open>[2] = {}): Promise<Weather> {
  const weather = await Weather.open(world, seed, { media, ...options });
  await weather.place([siren, speech], { by: 't2' });
  return weather;
}

/** The window passes, and everything that is to be said is said. */
async function end(weather: Weather): Promise<void> {
  await weather.until(Math.max(...weather.placed.map(({ notAfter }) => notAfter)) + 35_000);
  if (!weather.terminal.link.up) await weather.connect();
  await weather.move(35_000);
  expect({ seed: weather.seed, faults: weather.faults() }).toEqual({ seed: weather.seed, faults: [] });
}

const repetitions = (weather: Weather, placed: Placed) => weather.startsOf(placed).map(({ job }) => job.repetition);
const from = (first: number, last: number) => Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);

function onTime(weather: Weather, placed: Placed): void {
  for (const { job, startedAt } of weather.startsOf(placed)) expect(Math.abs(startedAt - weather.boundary(placed, job.repetition))).toBeLessThan(50);
}

describe('a terminal without a link when the order is placed', () => {
  it.each(SEEDS)('joins at the next boundary when it is back before the last repetition (seed %i)', async (seed) => {
    const weather = await begin(seed);
    weather.disconnect();
    const placed = await weather.place([siren, speech], { repeats: 4 });
    const backAt = placed.startAt + weather.between(0, 2.5 * placed.periodMs);
    await weather.until(backAt);
    await weather.connect();
    await end(weather);
    const heard = repetitions(weather, placed);
    expect(heard).toEqual(from(heard[0] ?? 0, 4));
    onTime(weather, placed);
    // Greeting, documents and audio take some of it: at most one boundary later than the first after the return.
    expect(weather.boundary(placed, heard[0] ?? 0) - backAt).toBeLessThan(placed.periodMs + 1_000);
    expect(weather.outcome()).toEqual(['1 done']);
  });

  it.each(SEEDS)('plays it once, alone, when every boundary has passed and the window is open (seed %i)', async (seed) => {
    const weather = await begin(seed);
    weather.disconnect();
    const placed = await weather.place([siren, speech], { repeats: 2 });
    await weather.until(placed.startAt + placed.periodMs + weather.between(500, 40_000));
    await weather.connect();
    await end(weather);
    expect(repetitions(weather, placed)).toEqual([2]);
    expect(weather.outcome()).toEqual(['1 done']);
  });

  it.each(SEEDS)('plays nothing after the window and says EXPIRED (seed %i)', async (seed) => {
    const weather = await begin(seed);
    weather.disconnect();
    const placed = await weather.place([siren, speech], { repeats: 2, push: false });
    await weather.until(placed.notAfter + weather.between(0, 30_000));
    await weather.connect();
    await weather.move(3_000);
    weather.push({ kind: 'order', order: placed.order });
    await end(weather);
    expect(weather.starts()).toEqual([]);
    expect(weather.outcome()).toEqual(['1 failed EXPIRED']);
  });
});
