import { envelopeSchema, type ServerFrame } from '#libs/contracts';
import { LATE_START_MS } from '#libs/domain';
import type { Envelope } from '#libs/envelope';
import { DrivenTime } from '../support/terminal-agent/driven-time';
import { FakeMedia, SlowMedia, tone } from '../support/terminal-agent/fake-media';
import { correctedOf, resumedOf } from '../support/terminal-agent/orders';
import { Weather, type Placed } from '../support/terminal-agent/weather';
import { buildWorld, NOW, type World } from '../support/trust-builder';

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
  await weather.closeOverdue();
  expect({ seed: weather.seed, faults: weather.faults() }).toEqual({ seed: weather.seed, faults: [] });
}

const repetitions = (weather: Weather, placed: Placed) => weather.startsOf(placed).map(({ job }) => job.repetition);
const from = (first: number, last: number) => Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);

/** A unit that comes back in the middle of a beginning still begins (`LATE_START_MS`). */
function onTime(weather: Weather, placed: Placed): void {
  for (const { job, startedAt } of weather.startsOf(placed)) {
    const late = startedAt - weather.boundary(placed, job.repetition);
    expect(late).toBeGreaterThan(-50);
    expect(late).toBeLessThan(LATE_START_MS + 50);
  }
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

describe('a power dip', () => {
  it.each(SEEDS)('never repeats the interrupted repetition; the next ones play at their times, with and without a link (seed %i)', async (seed) => {
    const weather = await begin(seed);
    const placed = await weather.place([siren, speech], { repeats: 4 });
    const dipAt = placed.startAt + weather.between(-600, 3 * placed.periodMs);
    await weather.until(dipAt);
    const interrupted = weather.startsOf(placed).at(-1)?.job.repetition ?? 0;
    await weather.dip(weather.between(100, 9_000), weather.int(2) === 0);
    const backAt = weather.truth.now();
    await weather.until(placed.startAt + 4 * placed.periodMs);
    await end(weather);
    const heard = repetitions(weather, placed);
    expect(heard.filter((repetition) => repetition > interrupted)).toEqual(from(heard.find((repetition) => repetition > interrupted) ?? 5, 4));
    for (const repetition of from(interrupted + 1, 4)) {
      // Two seconds for what was begun on the disk just before the dip, half a second for the start of the agent.
      if (weather.boundary(placed, repetition) > Math.max(backAt + 500, dipAt + 2_000)) expect(heard).toContain(repetition);
    }
    const late = weather.startsOf(placed).filter(({ startedAt }) => startedAt > dipAt);
    if (late.length !== 1 || late[0]?.job.repetition !== 4) onTime(weather, placed);
    const last = weather.placed[0]?.delivery;
    expect([last?.state, last?.reason]).toEqual(heard.includes(4) && interrupted < 4 ? ['done', null] : ['failed', 'INTERRUPTED']);
  });

  it.each(SEEDS)('several in a row and writes that were not yet on the disk: still nothing twice (seed %i)', async (seed) => {
    const weather = await begin(seed);
    await weather.place([siren, speech], { repeats: 6 });
    for (let dips = 1 + weather.int(4); dips > 0; dips -= 1) {
      if (weather.int(2) === 0) weather.terminal.disk.hold();
      await weather.move(weather.between(10, 5_000));
      await weather.dip(weather.between(50, 4_000), weather.int(3) > 0);
    }
    await end(weather);
  });

  it.each(SEEDS)('just after a stop: the stop holds, whatever of it was on the disk (seed %i)', async (seed) => {
    const weather = await begin(seed);
    const placed = await weather.place([siren, speech], { repeats: 5 });
    await weather.until(placed.startAt + weather.between(0, 2 * placed.periodMs));
    const { envelope } = await weather.stop({ kind: 'messages', messages: [placed.digest] }, false);
    const written = seed % 3;
    if (written === 0) weather.terminal.disk.hold();
    await weather.terminal.stop(envelope);
    // Nothing on the disk, the tombstone but not the end of the order, or all of it.
    if (written === 2) await weather.move(weather.between(1, 3));
    const stoppedAt = weather.truth.now();
    await weather.dip(weather.between(100, 3_000));
    await end(weather);
    expect(weather.startsOf(placed).filter(({ startedAt }) => startedAt > stoppedAt + 1_500)).toEqual([]);
    expect(weather.outcome()).toEqual(['1 failed STOPPED']);
  });
});

describe('a clock without a battery', () => {
  it.each(SEEDS)('keeps the horn silent until a beacon answers its own nonce, then it comes in as a late joiner (seed %i)', async (seed) => {
    const weather = await begin(seed, { batteryClock: false });
    const placed = await weather.place([siren, speech], { repeats: 6 });
    await weather.until(placed.startAt + weather.between(200, 2_000));
    weather.echoes = false;
    await weather.dip(weather.between(500, 3_000));
    const bootAt = weather.truth.now();
    await weather.move(weather.between(3_000, 6_000));
    expect(weather.terminal.agent.health().state).toBe('time-unknown');
    expect(weather.starts().filter(({ startedAt }) => startedAt >= bootAt)).toEqual([]);
    weather.echoes = true;
    const knownAt = weather.truth.now();
    await end(weather);
    const heard = weather.startsOf(placed).filter(({ startedAt }) => startedAt >= bootAt);
    expect(heard.length).toBeGreaterThan(0);
    expect(heard.every(({ startedAt }) => startedAt >= knownAt)).toBe(true);
    expect(weather.outcome()).toEqual(['1 done']);
  });
});

describe('a full disk', () => {
  it.each(SEEDS)('keeps the horn silent while it cannot write down what it does, says so, and lets it join when there is room (seed %i)', async (seed) => {
    const weather = await begin(seed);
    const { hardware, agent } = weather.terminal;
    // With the audio here already, it is the order itself that finds the disk full.
    if (seed % 2 === 1) weather.push({ kind: 'prefetch', media: [siren, speech].map(({ segment: { sha256, bytes } }) => ({ sha256, bytes })) });
    await weather.move(weather.between(1_000, 30_000));
    hardware.set({ disk: 'full' });
    await weather.move(seed % 2 === 1 ? 0 : weather.between(0, 40_000));
    const placed = await weather.place([siren, speech], { repeats: 8 });
    await weather.until(placed.startAt + weather.between(0, 5 * placed.periodMs));
    expect(weather.starts()).toEqual([]);
    expect(agent.health()).toMatchObject({ state: 'silent', freeDiskMiB: 0 });
    hardware.set({ disk: 'ok' });
    const roomAt = weather.truth.now();
    await weather.move(6_000);
    expect(agent.health().state).toBe('ready');
    await end(weather);
    const heard = repetitions(weather, placed);
    expect(heard).toEqual(from(heard[0] ?? 0, 8));
    // It asks the disk every five seconds; then the next boundary.
    expect(weather.boundary(placed, heard[0] ?? 0) - roomAt).toBeLessThan(5_500 + placed.periodMs);
    onTime(weather, placed);
    expect(weather.terminal.incidents.filter((kind) => kind === 'disk')).toHaveLength(1);
    expect(weather.events.filter(({ kind, code }) => kind === 'disk' && code === 'REJ_DISK')).toHaveLength(1);
    expect(weather.outcome()).toEqual(['1 done']);
  });

  it.each(SEEDS)('in the middle: no repetition begins that cannot be written down, a stop is obeyed and kept (seed %i)', async (seed) => {
    const weather = await begin(seed);
    const { hardware } = weather.terminal;
    const placed = await weather.place([siren, speech], { repeats: 6 });
    await weather.until(placed.startAt + weather.between(0, 2 * placed.periodMs));
    const fullAt = weather.truth.now();
    hardware.set({ disk: 'full' });
    await weather.move(weather.between(0, 3_000));
    const wasPlaying = weather.terminal.agent.health().playing !== null;
    if (seed % 2 === 0) {
      await weather.stop({ kind: 'messages', messages: [placed.digest] });
      await weather.move(200);
      expect(weather.terminal.agent.health().playing).toBeNull();
    }
    await weather.move(8_000);
    // What lay with the card already may still begin.
    expect(weather.startsOf(placed).filter(({ startedAt }) => startedAt > fullAt + 2_000)).toEqual([]);
    hardware.set({ disk: 'ok' });
    await weather.move(6_000);
    if (seed % 4 === 0) await weather.dip(500);
    await end(weather);
    expect(weather.startsOf(placed).filter(({ startedAt }) => startedAt > fullAt + 2_000)).toEqual([]);
    // What had begun was written down: it is heard whole.
    if (seed % 2 === 1) for (const { startedAt, endedAt } of weather.startsOf(placed)) expect(Math.round((endedAt ?? 0) - startedAt)).toBe(3_000);
    if (seed % 2 === 0 && wasPlaying) expect(weather.outcome()).toEqual(['1 failed STOPPED']);
    else expect(['1 failed STOPPED', '1 failed INTERRUPTED']).toContain(weather.outcome()[0]);
  });

  it.each(SEEDS)('that stays full through the whole window: the order closes as EXPIRED, and a stop while it waits counts (seed %i)', async (seed) => {
    const weather = await begin(seed);
    weather.push({ kind: 'prefetch', media: [siren, speech].map(({ segment: { sha256, bytes } }) => ({ sha256, bytes })) });
    await weather.move(2_000);
    weather.terminal.hardware.set({ disk: 'full' });
    const placed = await weather.place([siren, speech], { repeats: 2, notAfter: weather.truth.now() + 30_000 });
    await weather.move(weather.between(1_000, 20_000));
    if (seed % 2 === 0) await weather.stop({ kind: 'all' });
    await weather.until(placed.notAfter + weather.between(0, 5_000));
    weather.terminal.hardware.set({ disk: 'ok' });
    await end(weather);
    expect(weather.starts()).toEqual([]);
    expect(weather.outcome()).toEqual([seed % 2 === 0 ? '1 failed STOPPED' : '1 failed EXPIRED']);
  });
});

/** Not an emergency: switch and knob of the box count for it, and an isolation shuts it out. */
const advisory = { class: 'advisory', severity: 'orange', body: { segments: [{ ...siren.segment, role: 'chime' as const }, speech.segment] } } as const;

describe('switch, knob and amplifier', () => {
  it.each(SEEDS)('a muted box passes over everything but an actual emergency, and says MUTED (seed %i)', async (seed) => {
    const weather = await begin(seed);
    const { hardware } = weather.terminal;
    const soft = await weather.place([siren, speech], { repeats: 4, message: { ...advisory, body: { segments: [...advisory.body.segments] } } });
    await weather.until(soft.startAt + weather.between(-600, 2 * soft.periodMs));
    if (seed % 2 === 0) hardware.set({ muted: true });
    else hardware.set({ volumePermille: 0 });
    const mutedAt = weather.truth.now();
    await weather.until(soft.startAt + 4 * soft.periodMs);
    expect(weather.startsOf(soft).filter(({ startedAt }) => startedAt > mutedAt + 2_000)).toEqual([]);
    const loud = await weather.place([siren, speech]);
    await end(weather);
    expect(repetitions(weather, loud)).toEqual([1, 2]);
    expect(weather.startsOf(loud).map(({ job }) => job.gainDb)).toEqual([0, 0]);
    expect(weather.outcome()).toEqual(['1 failed MUTED', '2 done']);
  });

  it.each(SEEDS)('an amplifier that dies or a cable that is cut leaves no proof: never done, always the reason (seed %i)', async (seed) => {
    const weather = await begin(seed);
    const { hardware, agent } = weather.terminal;
    const broken = seed % 2 === 0 ? { amplifier: 'dead' as const } : { horn: 'open' as const };
    const placed = await weather.place([siren, speech], { repeats: 5 });
    const breaksAt = placed.startAt + weather.between(-500, 3.5 * placed.periodMs);
    await weather.until(breaksAt);
    hardware.set(broken);
    await end(weather);
    expect(repetitions(weather, placed)).toEqual([1, 2, 3, 4, 5]);
    for (const { repetition, state, reason } of weather.receipts.filter(({ state }) => state === 'done' || state === 'failed')) {
      const wasOver = weather.boundary(placed, repetition) + 3_000 < breaksAt;
      expect([repetition, state, reason]).toEqual(wasOver ? [repetition, 'done', null] : [repetition, 'failed', seed % 2 === 0 ? 'AMP_FAULT' : 'SILENT']);
    }
    expect(weather.outcome()).toEqual([`1 failed ${seed % 2 === 0 ? 'AMP_FAULT' : 'SILENT'}`]);
    expect(agent.health().amplifier).toBe(seed % 2 === 0 ? 'no-current' : 'ok');
    expect(weather.events.filter(({ kind }) => kind === 'amplifier')).toHaveLength(seed % 2 === 0 ? 1 : 0);
  });
});

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
      const shutOut = await run.place([siren, speech], { startAt: run.truth.now() + 1_500, push: false, message: { ...advisory, body: { segments: [...advisory.body.segments] } } });
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
      const resumed = weather.register({ ...placed, ...(await resumedOf(world, 't1', placed, stop.envelope, { startAt })), startAt }, false);
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
  const made = await correctedOf(world, 't1', [siren, speech], { startAt, correctionAt, notAfter, repeats: 4 });
  const original = weather.register({ ...made.original, startAt: Math.floor(startAt), notAfter, repeats: 4, periodMs: 4_000 }, false);
  return { original, correction: weather.register({ ...made.correction, startAt: correctionAt, notAfter, repeats: 1, periodMs: 4_000 }, false) };
}
