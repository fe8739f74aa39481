import { advisory, end, from, onTime, repetitions, SEEDS, siren, speech, weatherRuns } from '../support/terminal-agent/weather-runs';

/**
 * Bad weather: a disk without room, a muted box, an amplifier or a horn that is broken. Every run holds the promises: nothing stale, nothing doubled, nothing outside, and each order ends
 * in a final state with its reason. `CLARION_WEATHER_SEEDS=200 npx jest tests/scenarios/weather` draws more.
 */
const { begin } = weatherRuns();

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

describe('switch, knob and amplifier', () => {
  it.each(SEEDS)('a muted box passes over everything but an actual emergency, and says MUTED (seed %i)', async (seed) => {
    const weather = await begin(seed);
    const { hardware } = weather.terminal;
    const soft = await weather.place([siren, speech], { repeats: 4, message: advisory });
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
