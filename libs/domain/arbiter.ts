import type { DispatchId, MessageClass, Mode, Severity, Tier } from '#libs/contracts';
import { CLASSES, SEVERITIES, TIERS } from './classes';

/** What decides who has the loudspeaker: from the approved message, its issuer and its dispatch, never from an operator's setting. */
export interface Claim {
  readonly mode: Mode;
  readonly class: MessageClass;
  readonly tier: Tier;
  readonly severity: Severity;
  /** Of the dispatch, Unix ms. */
  readonly issuedAt: number;
  readonly dispatchId: DispatchId;
}

/** Actual before drill, then class, tier, severity (design 5 "Arbiter"); positive when `a` ranks above `b`, 0 when equal. */
export function compareRank(a: Claim, b: Claim): number {
  return (
    actual(a.mode) - actual(b.mode)
    || CLASSES[a.class].rank - CLASSES[b.class].rank
    || TIERS[a.tier].rank - TIERS[b.tier].rank
    || SEVERITIES[a.severity].rank - SEVERITIES[b.severity].rank
  );
}

/** Whether `a` may cut `b` off: strictly higher only, so that a storm of equal alerts never cuts itself to pieces. */
export function preempts(a: Claim, b: Claim): boolean {
  return compareRank(a, b) > 0;
}

/** Who gets a free loudspeaker: the highest rank, among equals the earliest by (issuedAt, dispatchId). */
export function firstInLine<C extends Claim>(claims: readonly C[]): C | undefined {
  return [...claims].sort(inLine)[0];
}

/** The order of a queue: higher rank first, then the earlier dispatch, then the lower id (design 5). */
function inLine(a: Claim, b: Claim): number {
  return compareRank(b, a) || a.issuedAt - b.issuedAt || (a.dispatchId < b.dispatchId ? -1 : a.dispatchId > b.dispatchId ? 1 : 0);
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

function actual(mode: Mode): number {
  return mode === 'actual' ? 1 : 0;
}
