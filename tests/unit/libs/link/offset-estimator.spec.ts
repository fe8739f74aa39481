import { createOffsetEstimator, type OffsetEstimator, type TimeProbe } from '#libs/link';

type Path = { readonly upBase: number; readonly downBase: number; readonly upJitter: number; readonly downJitter: number };

const QUIET: Path = { upBase: 20, downBase: 20, upJitter: 5, downJitter: 5 };
/** Half of the terminals of a village behind a queue on the way up. */
const CONGESTED: Path = { upBase: 30, downBase: 30, upJitter: 80, downJitter: 5 };
const OFFSET_MS = 1_700_000_000_000;

function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 4294967296;
  };
}

/** The remote clock at a local time. */
function remoteAt(local: number, driftPpm: number): number {
  return OFFSET_MS + local + (local * driftPpm) / 1e6;
}

function probeAt(sentAt: number, path: Path, driftPpm: number, random: () => number): TimeProbe {
  const exponential = (mean: number): number => -mean * Math.log(random());
  const arrived = sentAt + path.upBase + exponential(path.upJitter);
  const answered = arrived + 0.2;
  return {
    sentAt,
    receivedAt: remoteAt(arrived, driftPpm),
    answeredAt: remoteAt(answered, driftPpm),
    answerReceivedAt: answered + path.downBase + exponential(path.downJitter),
  };
}

/** 20 probes in the first two seconds, then one every `everyMs`. */
function probeTimes(untilMs: number, everyMs: number): readonly number[] {
  const first = Array.from({ length: 20 }, (_, index) => index * 100);
  return [...first, ...Array.from({ length: Math.max(0, Math.floor((untilMs - 2000) / everyMs)) }, (_, index) => 2000 + (index + 1) * everyMs)];
}

/** What Snapcast does: the median of the last 200 single offsets. */
function medianPeer(): OffsetEstimator {
  const offsets: number[] = [];
  return {
    add: ({ sentAt, receivedAt, answeredAt, answerReceivedAt }) => {
      offsets.push((receivedAt - sentAt + (answeredAt - answerReceivedAt)) / 2);
      return true;
    },
    estimate: () => {
      const sorted = offsets.slice(-200).sort((one, other) => one - other);
      return { offsetMs: sorted[sorted.length >> 1] ?? NaN, uncertaintyMs: NaN, driftPpm: 0 };
    },
  };
}

/** Absolute errors after each minute from the second on, over many terminals. */
function errors(make: () => OffsetEstimator, path: Path, everyMs: number, minutes: number, terminals = 40): readonly number[] {
  const all: number[] = [];
  for (let terminal = 0; terminal < terminals; terminal += 1) {
    const random = seeded(1000 + terminal * 7919);
    const driftPpm = (random() * 2 - 1) * 50;
    const estimator = make();
    let nextCheck = 120_000;
    for (const at of probeTimes(minutes * 60_000, everyMs)) {
      estimator.add(probeAt(at, path, driftPpm, random));
      if (at < nextCheck) continue;
      nextCheck += 60_000;
      const now = at + 500;
      all.push(Math.abs((estimator.estimate(now)?.offsetMs ?? NaN) - (remoteAt(now, driftPpm) - now)));
    }
  }
  return all.sort((one, other) => one - other);
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

describe('createOffsetEstimator', () => {
  it('knows nothing before the first probe', () => {
    expect(createOffsetEstimator().estimate(0)).toBeUndefined();
  });

  it('is exact on a symmetric path without jitter, and says how sure it is', () => {
    const estimator = createOffsetEstimator();
    estimator.add({ sentAt: 100, receivedAt: 5120, answeredAt: 5121, answerReceivedAt: 141 });
    expect(estimator.estimate(141)).toMatchObject({ offsetMs: 5000, driftPpm: 0 });
    expect(estimator.estimate(141)?.uncertaintyMs).toBeCloseTo(20, 2);
  });

  it('lies within 3 ms after the first two seconds on a quiet path', () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const random = seeded(seed);
      const estimator = createOffsetEstimator();
      for (const at of probeTimes(2000, 1000)) estimator.add(probeAt(at, QUIET, 30, random));
      expect(Math.abs((estimator.estimate(2100)?.offsetMs ?? NaN) - (remoteAt(2100, 30) - 2100))).toBeLessThan(3);
    }
  });

  it('beats the median filter by far behind a congested uplink with drifting clocks', () => {
    const ours = errors(createOffsetEstimator, CONGESTED, 1000, 8);
    const median = errors(medianPeer, CONGESTED, 1000, 8);
    expect(quantile(median, 0.5)).toBeGreaterThan(20);
    expect(quantile(ours, 0.5)).toBeLessThan(1.5);
    expect(quantile(ours, 0.99)).toBeLessThan(6);
    expect(quantile(ours, 0.99)).toBeLessThan(0.27 * quantile(median, 0.99));
  });

  it('is no worse than the median filter on a quiet path', () => {
    const ours = errors(createOffsetEstimator, QUIET, 1000, 8);
    expect(quantile(ours, 0.99)).toBeLessThan(1);
    expect(quantile(ours, 0.5)).toBeLessThan(quantile(errors(medianPeer, QUIET, 1000, 8), 0.5));
  });

  it('holds neighbours within 10 ms with the sparse probes of idle hours', () => {
    const ours = errors(createOffsetEstimator, QUIET, 15_000, 20);
    expect(quantile(ours, 0.99)).toBeLessThan(5);
    expect(quantile(errors(createOffsetEstimator, CONGESTED, 15_000, 20), 0.99)).toBeLessThan(10);
  });

  it('finds the drift within ten minutes and keeps time through an hour without a link', () => {
    for (const driftPpm of [-45, 12, 60]) {
      const random = seeded(5);
      const estimator = createOffsetEstimator();
      for (const at of probeTimes(600_000, 1000)) estimator.add(probeAt(at, QUIET, driftPpm, random));
      expect(Math.abs((estimator.estimate(600_000)?.driftPpm ?? NaN) - driftPpm)).toBeLessThan(3);
      const later = 600_000 + 3_600_000;
      const held = estimator.estimate(later);
      const error = Math.abs((held?.offsetMs ?? NaN) - (remoteAt(later, driftPpm) - later));
      expect(error).toBeLessThan(12);
      expect(error).toBeLessThan(held?.uncertaintyMs ?? NaN);
    }
  });

  it('does not invent drift from two seconds of jitter', () => {
    const random = seeded(9);
    const estimator = createOffsetEstimator();
    for (const at of probeTimes(15_000, 1000)) estimator.add(probeAt(at, CONGESTED, 0, random));
    expect(Math.abs(estimator.estimate(15_000)?.driftPpm ?? NaN)).toBeLessThan(25);
  });

  it('names an uncertainty that holds the truth, however lopsided the path', () => {
    for (const path of [CONGESTED, { ...QUIET, upBase: 300 }, { ...QUIET, downBase: 150 }]) {
      const random = seeded(3);
      const estimator = createOffsetEstimator();
      for (const at of probeTimes(200_000, 1000)) estimator.add(probeAt(at, path, 20, random));
      const estimate = estimator.estimate(200_000);
      const error = Math.abs((estimate?.offsetMs ?? NaN) - (remoteAt(200_000, 20) - 200_000));
      expect(error).toBeLessThan((estimate?.uncertaintyMs ?? NaN) + 0.5);
    }
  });

  it.each([40, -40, 5000, -5000])('starts anew when the remote clock jumps by %i ms', (jumpMs) => {
    const random = seeded(4);
    const estimator = createOffsetEstimator();
    for (const at of probeTimes(100_000, 1000)) estimator.add(probeAt(at, { ...QUIET, upBase: 5, downBase: 5 }, 0, random));
    for (let at = 101_000; at < 110_000; at += 1000) {
      const probe = probeAt(at, { ...QUIET, upBase: 5, downBase: 5 }, 0, random);
      estimator.add({ ...probe, receivedAt: probe.receivedAt + jumpMs, answeredAt: probe.answeredAt + jumpMs });
    }
    expect(Math.abs((estimator.estimate(110_000)?.offsetMs ?? NaN) - OFFSET_MS - jumpMs)).toBeLessThan(4);
  });

  it.each<[string, Partial<TimeProbe>]>([
    ['is not a number', { receivedAt: NaN }],
    ['is endless', { answeredAt: Infinity }],
    ['was answered before it came', { answeredAt: 5119 }],
    ['came back before it was sent', { answerReceivedAt: 99 }],
    ['was held longer than it was away', { answeredAt: 5170 }],
    ['took more than ten seconds', { answerReceivedAt: 10_200 }],
  ])('leaves out a probe that %s', (_name, change) => {
    const estimator = createOffsetEstimator();
    expect(estimator.add({ sentAt: 100, receivedAt: 5120, answeredAt: 5121, answerReceivedAt: 141, ...change })).toBe(false);
    expect(estimator.estimate(200)).toBeUndefined();
  });
});
