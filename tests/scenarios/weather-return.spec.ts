import { end, from, onTime, repetitions, SEEDS, siren, speech, weatherRuns } from '../support/terminal-agent/weather-runs';

/**
 * Bad weather: a link that comes late, a power cut in the middle, a clock without a battery. Every run holds the promises: nothing stale, nothing doubled, nothing outside, and each order ends
 * in a final state with its reason. `CLARION_WEATHER_SEEDS=200 npx jest tests/scenarios/weather` draws more.
 */
const { begin } = weatherRuns();

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
