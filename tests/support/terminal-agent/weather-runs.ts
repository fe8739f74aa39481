import { FRAMES_PER_MS } from '../../../apps/terminal-agent/src/hardware/sound-card';
import { LATE_START_MS } from '#libs/domain';
import { buildWorld, type World } from '../trust-builder';
import { FakeMedia, tone } from './fake-media';
import { Weather, type Placed } from './weather';

/** The moment of every mishap is drawn from one of these; the seed stands in the name of each test. */
export const SEEDS = Array.from({ length: Number(process.env.CLARION_WEATHER_SEEDS ?? 6) }, (_, index) => index + 1);
export const siren = tone(700, 1_000, 'siren');
export const speech = tone(300, 2_000);
/** Not an emergency: switch and knob of the box count for it, and an isolation shuts it out. */
export const advisory = { class: 'advisory' as const, severity: 'orange' as const, body: { segments: [{ ...siren.segment, role: 'chime' as const }, speech.segment] } };

type Options = Parameters<typeof Weather.open>[2];

/**
 * One world for the tests of a file and fresh media for each; `begin` opens a terminal to which somebody else's order
 * comes along in every run, `end` lets all windows pass and asks for every broken promise.
 */
export function weatherRuns(): { readonly world: () => World; readonly begin: (seed: number, options?: Options) => Promise<Weather> } {
  let world: World | undefined;
  let media = new FakeMedia();
  beforeAll(async () => { world = await buildWorld(); });
  beforeEach(() => {
    media = new FakeMedia();
    media.put(siren);
    media.put(speech);
  });
  const made = () => {
    if (world === undefined) throw new Error('no world yet');
    return world;
  };
  return {
    world: made,
    begin: async (seed, options = {}) => {
      const weather = await Weather.open(made(), seed, { media, ...options });
      await weather.place([siren, speech], { by: 't2' });
      return weather;
    },
  };
}

/** The window passes, everything that is to be said is said, and no promise was broken. */
export async function end(weather: Weather): Promise<void> {
  await weather.until(Math.max(...weather.placed.map(({ notAfter }) => notAfter)) + 35_000);
  if (!weather.terminal.link.up) await weather.connect();
  await weather.move(35_000);
  await weather.closeOverdue();
  expect({ seed: weather.seed, faults: weather.faults() }).toEqual({ seed: weather.seed, faults: [] });
}

export const repetitions = (weather: Weather, placed: Placed) => weather.startsOf(placed).map(({ job }) => job.repetition);
export const from = (first: number, last: number) => Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);

/** In step with the others: at a boundary, in its first moments (`LATE_START_MS`), or at their place while the siren runs (ADR 0012). */
export function onTime(weather: Weather, placed: Placed): void {
  for (const { job, startedAt } of weather.startsOf(placed)) {
    const late = startedAt - weather.boundary(placed, job.repetition) - job.fromFrame / FRAMES_PER_MS;
    expect(late).toBeGreaterThan(-50);
    expect(late).toBeLessThan(LATE_START_MS + 50);
  }
}
