import { createCaptureTimes } from '#libs/domain';

const START = 1_793_000_000_000;

/** What comes of `count` packets whose samples were captured at `captured(n)` and handed over `late(n)` ms after their last. */
function run(count: number, captured: (n: number) => number, late: (n: number) => number, times = createCaptureTimes()) {
  return Array.from({ length: count }, (_, n) => ({ truth: captured(n), said: times.next(captured(n) + 20 + late(n)) }));
}
const even = (n: number): number => START + n * 20;
/** Late by 3 ms at best, mostly more, and once for a second with everything behind it handed over at once. */
const uneven = (n: number): number => (n >= 400 && n < 450 ? (450 - n) * 20 + 3 : 3 + ((n * 7) % 13));

describe('times of capture', () => {
  it('are those of the samples, however unevenly packets are handed over', () => {
    const said = run(1_000, even, uneven);
    for (const { truth, said: at } of said.slice(20)) expect(Math.abs((at ?? NaN) - truth - 3)).toBeLessThan(0.5);
  });

  it('take off what is known to lie between sound and packet', () => {
    expect(run(1, even, () => 6.5, createCaptureTimes({ lagMs: 6.5 }))[0]?.said).toBeCloseTo(START, 2);
  });

  it('follow a sound card that runs fast or slow, without a step and without a packet inside another', () => {
    for (const ppm of [200, -200]) {
      const said = run(15_000, (n) => START + n * 20 * (1 + ppm / 1e6), () => 3);
      const steps = said.slice(1).map(({ said: at = NaN }, n) => Math.abs(at - (said[n]?.said ?? NaN) - 20));
      expect(Math.max(...steps)).toBeLessThanOrEqual(0.041);
      expect(Math.max(...said.map(({ truth, said: at = NaN }) => Math.abs(at - truth - 3)))).toBeLessThan(1);
    }
  });

  it('leave a gap where the microphone was away', () => {
    const times = createCaptureTimes();
    run(50, even, () => 3, times);
    times.restart();
    const [first] = run(1, () => START + 3_000, () => 3, times);
    expect(first?.said).toBeCloseTo(START + 3_003, 2);
  });

  it('leave packets out when the clock was found to be ahead, and never go back', () => {
    const times = createCaptureTimes();
    run(50, even, () => 500, times);
    const said = run(100, (n) => even(50 + n), () => 0, times);
    expect(said.filter(({ said: at }) => at === undefined)).toHaveLength(25);
    expect(said[24]?.said).toBeUndefined();
    expect(said[25]?.said).toBeCloseTo(even(75), 1);
  });
});
