import { rounded, shareOf } from '../live/figures';

/** When one unit sounded what: true ms by what it was, which is the same number on each unit. */
export type Sounded = ReadonlyMap<number, number>;

export interface SyncFigures {
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Pairs of units times what both sounded. */
  readonly compared: number;
}

/** How far apart any two units sounded the same. */
export function pairwise(units: readonly Sounded[]): SyncFigures {
  const errors: number[] = [];
  for (const [first, one] of units.entries()) {
    for (const other of units.slice(first + 1)) {
      for (const [what, at] of one) {
        const otherAt = other.get(what);
        if (otherAt !== undefined) errors.push(Math.abs(at - otherAt));
      }
    }
  }
  const at = (share: number): number => rounded(shareOf(errors, share));
  return { p50Ms: at(0.5), p90Ms: at(0.9), p99Ms: at(0.99), maxMs: at(1), compared: errors.length };
}
