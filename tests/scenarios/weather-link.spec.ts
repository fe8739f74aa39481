import { envelopeSchema, type ServerFrame } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import { DrivenTime } from '../support/terminal-agent/driven-time';
import { SlowMedia } from '../support/terminal-agent/fake-media';
import { correctedOf, resumedOf } from '../support/terminal-agent/orders';
import type { Placed, Weather } from '../support/terminal-agent/weather';
import { NOW } from '../support/trust-builder';
import { advisory, end, from, onTime, repetitions, SEEDS, siren, speech, weatherRuns } from '../support/terminal-agent/weather-runs';

/**
 * Bad weather: slow, lossy, doubling and re-ordering links. Every run holds the promises: nothing stale, nothing doubled, nothing outside, and each order ends
 * in a final state with its reason. `CLARION_WEATHER_SEEDS=200 npx jest tests/scenarios/weather` draws more.
 */
const { begin, world } = weatherRuns();

describe('a slow link', () => {
  it.each(SEEDS)('of 16 kbit/s brings the audio after the start: it comes in at the next boundary after it (seed %i)', async (seed) => {
    const truth = new DrivenTime(NOW);
    const slow = new SlowMedia(truth, 16_000);
    slow.put(siren);
    slow.put(speech);
    const weather = await begin(seed, { truth, media: slow });
    weather.network.latencyMs = [200, 1_500];
    await weather.move(weather.between(0, 3_000));
    const placed = await weather.place([siren, speech], { repeats: 5 });
    if (seed % 3 === 0) {
      // The download breaks in the middle and goes on where it broke.
      await weather.move(weather.between(1_000, 4_000));
      weather.disconnect();
      slow.up = false;
      await weather.move(weather.between(500, 3_000));
      slow.up = true;
      await weather.connect();
    }
    await end(weather);
    const heard = repetitions(weather, placed);
    expect(heard[0]).toBeGreaterThan(1);
    expect(heard).toEqual(from(heard[0] ?? 0, 5));
    onTime(weather, placed);
    // From the first byte again only if none had come.
    expect(slow.asked.filter(({ sha256, from: at }) => sha256 === siren.segment.sha256 && at === 0).length).toBeLessThanOrEqual(seed % 3 === 0 ? 2 : 1);
    expect(weather.outcome()).toEqual(['1 done']);
  });
});

describe('a lossy link', () => {
  it.each(SEEDS)('that loses, doubles and breaks: every order is heard or closed, none twice (seed %i)', async (seed) => {
    const weather = await begin(seed);
    Object.assign(weather.network, { latencyMs: [5, 900], loss: 0.5, twice: 0.5, shuffles: true });
    for (let count = 0; count < 4; count += 1) {
      await weather.place([siren, speech], { repeats: 2, notAfter: weather.truth.now() + weather.between(15_000, 120_000) });
      await weather.move(weather.between(500, 9_000));
      if (weather.int(2) === 0) {
        weather.disconnect();
        await weather.move(weather.between(100, 15_000));
        await weather.connect();
      }
    }
    await end(weather);
    for (const placed of weather.placed) {
      if (placed.delivery.state === 'done') expect(repetitions(weather, placed)).toContain(2);
      else expect(['EXPIRED', 'FETCH_FAIL', 'PREEMPTED']).toContain(placed.delivery.reason);
    }
  });
});

/** How the same frames arrive: each once and in order, or doubled and shuffled within the time. */
async function deliver(weather: Weather, frames: readonly ServerFrame[], how: 'in order' | 'shuffled', withinMs: number): Promise<void> {
  const sent = how === 'in order' ? frames : weather.shuffle([...frames, ...frames]);
  for (const frame of sent) {
    weather.deliverNow(frame);
    await weather.move(withinMs / sent.length);
  }
}

const order = ({ order: made }: Placed) => ({ kind: 'order', order: made }) as const;
const stopFrame = (stop: { readonly envelope: Envelope }) => ({ kind: 'stop', stop: envelopeSchema.parse(stop.envelope) }) as const;
/** What is left of a run when all is over: what sounded how often, and how every order ended. */
function endState(weather: Weather): object {
  return { heard: weather.placed.map((placed) => repetitions(weather, placed)), outcome: weather.outcome() };
}

/** Runs the same story twice and holds the end of the second against the first. */
async function same(seed: number, options: Parameters<typeof begin>[1], story: (weather: Weather, how: 'in order' | 'shuffled') => Promise<void>): Promise<Weather> {
  const ends: object[] = [];
  let last: Weather | undefined;
  for (const how of ['in order', 'shuffled'] as const) {
    last = await begin(seed, options);
    await story(last, how);
    await end(last);
    ends.push(endState(last));
  }
  expect(ends[1]).toEqual(ends[0]);
  if (last === undefined) throw new Error('no run');
  return last;
}

describe('doubled and re-ordered delivery comes to the same end as each frame once and in order', () => {
  it.each(SEEDS)('of a stop and its order, before the first sample (seed %i)', async (seed) => {
    const weather = await same(seed, {}, async (run, how) => {
      const placed = await run.place([siren, speech], { startAt: run.truth.now() + 1_500, push: false });
      const stop = await run.stop({ kind: 'messages', messages: [placed.digest] }, false);
      await deliver(run, [order(placed), stopFrame(stop)], how, 600);
    });
    expect(weather.starts()).toEqual([]);
    expect(weather.outcome()).toEqual(['1 failed STOPPED']);
  });

  it.each(SEEDS)('of an isolate and what it shuts out (seed %i)', async (seed) => {
    const weather = await same(seed, { platform: 'v1' }, async (run, how) => {
      const shutOut = await run.place([siren, speech], { startAt: run.truth.now() + 1_500, push: false, message: advisory });
      const passes = await run.place([siren, speech], { startAt: run.truth.now() + 20_000, push: false });
      const isolate = await run.isolate(false);
      await deliver(run, [order(shutOut), order(passes), { kind: 'isolate', isolate: envelopeSchema.parse(isolate) }], how, 600);
    });
    expect(weather.outcome()).toEqual(['1 failed ISOLATED', '2 done']);
  });

  it.each(SEEDS)('of a correction and its original, before the first sample: neither sounds (seed %i)', async (seed) => {
    const weather = await same(seed, {}, async (run, how) => {
      const { original, correction } = await corrected(run, run.truth.now() + 1_500);
      await deliver(run, [order(original), order(correction)], how, 600);
    });
    expect(weather.outcome()).toEqual(['1 failed WITHDRAWN', '2 failed NOT_HEARD']);
  });

  it.each(SEEDS)('of a stop and a correction, while the original sounds (seed %i)', async (seed) => {
    const weather = await begin(seed);
    const { original, correction } = await corrected(weather, weather.truth.now() + 700);
    weather.push(order(original));
    await weather.until(original.startAt + weather.between(50, original.periodMs));
    const stop = await weather.stop({ kind: 'messages', messages: [original.digest] }, false);
    await deliver(weather, [stopFrame(stop), order(correction)], 'shuffled', 600);
    await end(weather);
    expect([repetitions(weather, original), repetitions(weather, correction)]).toEqual([[1], [1]]);
    expect(['1 failed STOPPED', '1 failed WITHDRAWN']).toContain(weather.outcome()[0]);
    expect(weather.outcome()[1]).toBe('2 done');
  });

  it.each(SEEDS)('of a stop and what takes it back: it goes on once, to its end (seed %i)', async (seed) => {
    for (const how of ['in order', 'shuffled'] as const) {
      const weather = await begin(seed);
      const placed = await weather.place([siren, speech], { repeats: 3 });
      const stoppedAt = placed.startAt + weather.between(100, 2_900);
      await weather.until(stoppedAt);
      const stop = await weather.stop({ kind: 'messages', messages: [placed.digest] }, false);
      const startAt = Math.floor(stoppedAt) + 2_000;
      const resumed = weather.register({ ...placed, ...(await resumedOf(world(), 't1', placed, stop.envelope, { startAt })), startAt }, false);
      await deliver(weather, [stopFrame(stop), order(resumed)], how, 800);
      await end(weather);
      expect(repetitions(weather, placed)).toEqual([1]);
      expect(repetitions(weather, resumed)).toEqual([1, 2, 3]);
      expect(Math.abs((weather.startsOf(resumed)[0]?.startedAt ?? 0) - startAt)).toBeLessThan(50);
      expect(weather.outcome()).toEqual(['1 failed STOPPED', '2 done']);
    }
  });
});

async function corrected(weather: Weather, startAt: number): Promise<{ readonly original: Placed; readonly correction: Placed }> {
  const correctionAt = Math.floor(startAt) + 6_000;
  const notAfter = Math.floor(startAt) + 60_000;
  const made = await correctedOf(world(), 't1', [siren, speech], { startAt, correctionAt, notAfter, repeats: 4 });
  const original = weather.register({ ...made.original, startAt: Math.floor(startAt), notAfter, repeats: 4, periodMs: 4_000 }, false);
  return { original, correction: weather.register({ ...made.correction, startAt: correctionAt, notAfter, repeats: 1, periodMs: 4_000 }, false) };
}
