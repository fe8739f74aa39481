import { DistrictTime } from '../../../../../apps/terminal-agent/src/time/district-time';
import { skewedClock } from '../../../../../apps/terminal-agent/src/simulator/true-time';
import { DrivenTime, seededChance } from '../../../../support/terminal-agent/driven-time';

const BEGAN = 1_800_000_000_000;

function bench(skew = { ppm: 0, offsetMs: 0 }) {
  const truth = new DrivenTime(BEGAN);
  const clock = skewedClock(truth, skew, seededChance(1));
  const time = new DistrictTime(clock);
  const error = () => (time.now() ?? NaN) - truth.now();
  /** One probe over a path with these delays, ms. */
  const probe = async (upMs: number, downMs: number, serverAheadMs = 0) => {
    const sent = clock.monotonicMs();
    await truth.move(upMs);
    const server = truth.now() + serverAheadMs;
    await truth.move(downMs);
    time.addProbe(sent, server, server, clock.monotonicMs());
  };
  return { truth, clock, time, error, probe };
}

describe('the district\'s time on a unit', () => {
  it('is unknown until a beacon came', () => {
    const { time } = bench();
    expect(time.now()).toBeNull();
    time.acceptBeacon(BEGAN, null);
    expect(time.now()).toBe(BEGAN);
  });

  it('is refined by probes from the beacon\'s tens of ms to a few tenths of one, with a crystal that is wrong', async () => {
    const { truth, time, error, probe } = bench({ ppm: 45, offsetMs: 1_700 });
    const chance = seededChance(3);
    time.acceptBeacon(truth.now() - 80, null);
    for (let n = 0; n < 20; n += 1) {
      await probe(20 + 40 * chance.fraction(), 20 + 40 * chance.fraction());
      await truth.move(100);
    }
    expect(Math.abs(error())).toBeLessThan(5);
    for (let n = 0; n < 40; n += 1) {
      await truth.move(15_000);
      await probe(20 + 10 * chance.fraction(), 20 + 10 * chance.fraction());
    }
    expect(Math.abs(error())).toBeLessThan(1);
  });

  it('does not follow probes that lie more than two seconds from the signed beacon', async () => {
    const { truth, time, error, probe } = bench();
    time.acceptBeacon(truth.now(), null);
    for (let n = 0; n < 20; n += 1) await probe(1, 1, 60_000);
    expect(Math.abs(error())).toBeLessThan(50);
  });

  it('goes on from a battery clock after a restart, but not from one that runs behind its own past', () => {
    const first = bench({ ppm: 0, offsetMs: -3_600_000 });
    first.time.acceptBeacon(first.truth.now(), null);
    const anchor = first.time.anchor();
    expect(anchor).not.toBeNull();
    if (anchor === null) return;
    const later = bench({ ppm: 0, offsetMs: -3_600_000 });
    later.truth.jump(100_000);
    expect(later.time.resume(anchor)).toBe(true);
    expect(Math.abs(later.error())).toBeLessThan(2);
    const dead = bench({ ppm: 0, offsetMs: -9_000_000 });
    expect(dead.time.resume(anchor)).toBe(false);
    expect(dead.time.now()).toBeNull();
  });

  it('is never set back by a late beacon, but by one that answers its own nonce', async () => {
    const { truth, clock, time, error } = bench();
    time.acceptBeacon(truth.now() + 30_000, null);
    await truth.move(60_000);
    expect(time.acceptBeacon(truth.now(), null)).toEqual({ kind: 'doubtful' });
    expect(error()).toBeCloseTo(30_000, 0);
    const askedAt = clock.monotonicMs();
    await truth.move(40);
    expect(time.acceptBeacon(truth.now(), askedAt).kind).toBe('stepped');
    expect(Math.abs(error())).toBeLessThan(50);
  });

  it('steps forward at once when a beacon shows that it is behind: a beacon is never early', async () => {
    const { truth, time, error } = bench();
    time.acceptBeacon(truth.now() - 10_000, null);
    await truth.move(1_000);
    expect(time.acceptBeacon(truth.now(), null)).toEqual({ kind: 'stepped', byMs: 10_000 });
    expect(Math.abs(error())).toBeLessThan(1);
  });
});
