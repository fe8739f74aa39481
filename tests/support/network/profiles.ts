import type { SeededRandom } from '../seeded-random';

/** What one direction of a path does to what is sent on it. TCP loses nothing and keeps the order: a loss is a stall. */
export interface DirectionProfile {
  /** The empty way, ms. */
  readonly baseMs: number;
  /** Mean of the exponential queueing on top, ms. */
  readonly jitterMeanMs: number;
  /** Null where nothing is ever lost. Stalls begin `everyMs` apart on average and last between `fromMs` and `toMs`. */
  readonly stalls: { readonly everyMs: number; readonly fromMs: number; readonly toMs: number } | null;
}

export interface PathProfile {
  readonly up: DirectionProfile;
  readonly down: DirectionProfile;
}

export const PROFILE_NAMES = ['equal', 'random', 'half-congested'] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

const EVEN: DirectionProfile = { baseMs: 30, jitterMeanMs: 5, stalls: null };
const CONGESTED: DirectionProfile = { ...EVEN, jitterMeanMs: 80 };
/** Handovers and retransmissions of a cell. */
const CELL_STALLS = { everyMs: 30_000, fromMs: 90, toMs: 390 } as const;

/**
 * The path of the terminal with this number, drawn once. `equal`: all alike. `random` (4G): empty ways of 20 to 50 ms up
 * and 15 to 40 ms down, queues of 12 and 8 ms, stalls. `half-congested`: as `equal`, but every second terminal queues
 * 80 ms on its way up.
 */
export function pathOf(profile: ProfileName, terminal: number, random: SeededRandom): PathProfile {
  switch (profile) {
    case 'equal':
      return { up: EVEN, down: EVEN };
    case 'half-congested':
      return { up: terminal % 2 === 0 ? CONGESTED : EVEN, down: EVEN };
    case 'random':
      return {
        up: { baseMs: between(20, 50, random), jitterMeanMs: 12, stalls: CELL_STALLS },
        down: { baseMs: between(15, 40, random), jitterMeanMs: 8, stalls: CELL_STALLS },
      };
  }
}

const STEPS = 2 ** 31;

export function between(from: number, to: number, random: SeededRandom): number {
  return from + ((to - from) * random.int(STEPS)) / STEPS;
}

export function exponential(mean: number, random: SeededRandom): number {
  return mean === 0 ? 0 : -mean * Math.log((random.int(STEPS) + 1) / STEPS);
}
