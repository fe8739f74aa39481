import { compareIssue, compareRank, preempts, type Claim } from './arbiter-rank';

/** Who gets a free loudspeaker: the highest rank, among equals the earliest by (issuedAt, dispatchId). */
export function firstInLine<C extends Claim>(claims: readonly C[]): C | undefined {
  return [...claims].sort(inLine)[0];
}

/** The order of a queue: higher rank first, then the earlier dispatch, then the lower id (design 5). */
function inLine(a: Claim, b: Claim): number {
  return compareRank(b, a) || compareIssue(a, b);
}

/** Whoever has the loudspeaker, with the end of everything it still has to say (gaps between repetitions included), Unix ms. */
export interface Holding<C extends Claim> {
  readonly claim: C;
  readonly endsAt: number;
}

/** An item that asks for the loudspeaker from `at` on: when its next repetition begins, Unix ms. */
export interface Bid<C extends Claim> {
  readonly claim: C;
  readonly at: number;
}

/**
 * Which bid up to `until` gets the loudspeaker, if any (design 5 "Arbiter"). Strictly higher takes it away at its own
 * start; equal or lower waits until the holder is through, so that a storm of equal alerts never cuts itself to pieces;
 * the holder's own next repetition needs nobody's leave. Among those who may, the first in line.
 */
export function award<C extends Claim, B extends Bid<C>>(holding: Holding<C> | null, bids: readonly B[], until: number): B | undefined {
  const allowed = bids.filter(({ claim, at }) => at <= until
    && (holding === null || holding.claim === claim || preempts(claim, holding.claim) || holding.endsAt <= at));
  const first = firstInLine(allowed.map(({ claim }) => claim));
  return allowed.find(({ claim }) => claim === first);
}
