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

/** The part of a claim that ranks it. */
export type Rank = Pick<Claim, 'mode' | 'class' | 'tier' | 'severity'>;

/** Actual before drill, then class, tier, severity (design 5 "Arbiter"); positive when `a` ranks above `b`, 0 when equal. */
export function compareRank(a: Rank, b: Rank): number {
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

/** Among equals: the earlier dispatch, then the lower id (design 5). */
export function compareIssue(a: Claim, b: Claim): number {
  return a.issuedAt - b.issuedAt || (a.dispatchId < b.dispatchId ? -1 : a.dispatchId > b.dispatchId ? 1 : 0);
}

function actual(mode: Mode): number {
  return mode === 'actual' ? 1 : 0;
}
