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
  return [...claims].sort((a, b) => compareRank(b, a) || a.issuedAt - b.issuedAt || (a.dispatchId < b.dispatchId ? -1 : 1))[0];
}

/** Who has the loudspeaker next: whoever has it now, unless somebody of strictly higher rank asks. */
export function nextSpeaker<C extends Claim>(speaking: C | undefined, asking: readonly C[]): C | undefined {
  const first = firstInLine(asking);
  if (speaking === undefined || first === undefined) return speaking ?? first;
  return preempts(first, speaking) ? first : speaking;
}

function actual(mode: Mode): number {
  return mode === 'actual' ? 1 : 0;
}
