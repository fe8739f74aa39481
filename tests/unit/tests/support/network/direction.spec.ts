import { createDirection } from '../../../../support/network/direction';
import { createMemoryPath } from '../../../../support/network/memory-path';
import { pathOf, PROFILE_NAMES, type DirectionProfile } from '../../../../support/network/profiles';
import { seededRandom } from '../../../../support/seeded-random';

const CELL: DirectionProfile = { baseMs: 30, jitterMeanMs: 12, stalls: { everyMs: 30_000, fromMs: 90, toMs: 390 } };
const PLAIN: DirectionProfile = { baseMs: 30, jitterMeanMs: 0, stalls: null };

/** What a chunk each 20 ms, over so many minutes, arrives at. */
function arrivals(profile: DirectionProfile, seed: number, minutes = 10): number[] {
  const direction = createDirection(profile, seed);
  return Array.from({ length: minutes * 3_000 }, (_, n) => direction.arrivesAt(n * 20));
}

describe('a direction of an emulated path', () => {
  it('delays the same for the same seed, and otherwise for another', () => {
    expect(arrivals(CELL, 7)).toEqual(arrivals(CELL, 7));
    expect(arrivals(CELL, 8, 1)).not.toEqual(arrivals(CELL, 7, 1));
  });

  it('keeps the order and is never faster than the empty way', () => {
    const all = arrivals(CELL, 3);
    expect(all.findIndex((at, n) => at < n * 20 + 30 || at < (all[n - 1] ?? 0))).toBe(-1);
  });

  it('queues as long as its profile says on average', () => {
    const direction = createDirection({ ...PLAIN, jitterMeanMs: 12 }, 5);
    // Far enough apart that no chunk waits for the one before it.
    const waits = Array.from({ length: 20_000 }, (_, n) => direction.arrivesAt(n * 1_000) - n * 1_000 - 30);
    expect(waits.reduce((sum, wait) => sum + wait, 0) / waits.length).toBeCloseTo(12, 0);
  });

  it('stalls as often and as long as its profile says, however much is sent', () => {
    const stallsOf = (everyMs: number): number[] => {
      const direction = createDirection({ ...CELL, jitterMeanMs: 0.01 }, 11);
      return Array.from({ length: 3_600_000 / everyMs }, (_, n) => direction.arrivesAt(n * everyMs) - n * everyMs - 30).filter((wait) => wait > 1);
    };
    const fine = stallsOf(5);
    expect(Math.max(...fine)).toBeLessThanOrEqual(390);
    expect(Math.max(...fine)).toBeGreaterThan(300);
    // An hour holds about 120 stalls of 240 ms: 28.8 s of 3600, each chunk inside one waits.
    expect((fine.length * 5) / 3_600_000).toBeGreaterThan(0.005);
    expect((fine.length * 5) / 3_600_000).toBeLessThan(0.011);
    const held = (sent: number): number[] => {
      const direction = createDirection(CELL, 11);
      for (let n = 0; n < sent; n += 1) direction.arrivesAt(n);
      return Array.from({ length: 2_000 }, (_, n) => direction.heldUntil(n * 50));
    };
    expect(held(100)).toEqual(held(0));
  });

  it('lets nothing arrive during a cut, and everything in order when it ends', () => {
    const direction = createDirection(PLAIN, 1);
    direction.cut(1_000, 500);
    expect([900, 969, 970, 1_200, 1_469, 1_470, 1_500].map((at) => direction.arrivesAt(at))).toEqual([930, 999, 1_500, 1_500, 1_500, 1_500, 1_530]);
  });
});

describe('a path in memory', () => {
  it('gives each way what was sent on it, when it has arrived', () => {
    const path = createMemoryPath<string>({ up: PLAIN, down: { ...PLAIN, baseMs: 10 } }, 1);
    path.send('up', 'a', 0);
    path.send('down', 'x', 5);
    path.send('up', 'b', 20);
    expect(path.nextAt()).toBe(15);
    expect([path.arrived('up', 29), path.arrived('down', 29)]).toEqual([[], ['x']]);
    expect([path.arrived('up', 30), path.arrived('up', 60), path.arrived('up', 90)]).toEqual([['a'], ['b'], []]);
    expect(path.nextAt()).toBeUndefined();
  });

  it('holds what was under way when it was cut', () => {
    const path = createMemoryPath<string>({ up: PLAIN, down: PLAIN }, 1);
    path.send('up', 'a', 0);
    path.cut('up', 10, 5_000);
    expect([path.nextAt(), path.arrived('up', 5_009), path.arrived('up', 5_010)]).toEqual([5_010, [], ['a']]);
  });
});

describe('the profiles', () => {
  it.each(PROFILE_NAMES)('%s: one seed, one path for each terminal', (profile) => {
    const drawn = (seed: number) => { const random = seededRandom(seed); return Array.from({ length: 12 }, (_, terminal) => pathOf(profile, terminal, random)); };
    expect(drawn(4)).toEqual(drawn(4));
  });

  it('are alike, drawn in their bounds, or congested every second time on the way up alone', () => {
    const random = seededRandom(9);
    expect(pathOf('equal', 0, random)).toEqual(pathOf('equal', 1, random));
    expect([0, 1, 2].map((terminal) => pathOf('half-congested', terminal, random)).map(({ up, down }) => [up.jitterMeanMs, down.jitterMeanMs])).toEqual([[80, 5], [5, 5], [80, 5]]);
    for (let terminal = 0; terminal < 200; terminal += 1) {
      const { up, down } = pathOf('random', terminal, random);
      expect(up.baseMs >= 20 && up.baseMs < 50 && down.baseMs >= 15 && down.baseMs < 40).toBe(true);
    }
  });
});
