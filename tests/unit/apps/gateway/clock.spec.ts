import { correctionFor, createSystemClock } from '../../../../apps/gateway/src/clock';

describe('the clock of time probes', () => {
  it.each([
    [0, 0], [1.9, 0], [-2, 0],
    [5, 0.1], [-5, -0.1], [20, 0.1],
    [21, 21], [-3_600_000, -3_600_000],
  ])('answers a difference of %d ms with a correction of %d ms', (behind, correction) => {
    expect(correctionFor(behind)).toBe(correction);
  });

  it('tells Unix time with fractions, never backwards between corrections', () => {
    const clock = createSystemClock();
    const readings = Array.from({ length: 1_000 }, () => clock.now());
    expect(readings.every((reading, index) => index === 0 || reading >= (readings[index - 1] ?? 0))).toBe(true);
    expect(Math.abs((readings[0] ?? 0) - Date.now())).toBeLessThan(5_000);
  });

  it('follows the system time when it was set, and says by how much', () => {
    const clock = createSystemClock();
    clock.follow();
    const real = Date.now;
    Date.now = () => real() + 60_000;
    try {
      expect(clock.follow()).toBeGreaterThan(59_000);
      expect(clock.follow()).toBe(0);
    } finally {
      Date.now = real;
    }
  });
});
