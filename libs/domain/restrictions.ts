import type { AreaId, MessageClass, PlatformId, RestrictionId, RestrictionKind, Tier } from '#libs/contracts';
import type { AreaChain } from './areas';
import { repetitionOffsetMs, TIERS } from './classes';

/** What is remembered of a verified restriction until `notAfter`. Plain JSON. Times are district Unix ms. */
export interface Restriction {
  readonly restrictionId: RestrictionId;
  readonly platform: PlatformId;
  /** Of the platform that signed: it narrows what this tier and those below say, like a stop. */
  readonly tier: Tier;
  readonly area: AreaId;
  readonly kind: RestrictionKind;
  readonly classes: readonly MessageClass[];
  /** Approvals needed at least; null: none of these classes sounds. */
  readonly approvals: number | null;
  readonly notBefore: number;
  readonly notAfter: number;
}

/** A message as restrictions see it. */
export interface Restrictable {
  readonly class: MessageClass;
  /** Of its platform. */
  readonly tier: Tier;
  /** What takes another message back is heard wherever that one was. */
  readonly isCorrection: boolean;
}

/**
 * Approvals that the restrictions ask for where somebody stands in these areas and the message would begin at this
 * time: 0 when none concerns it, 'silent' when it may not sound at all. Several add up: the strictest counts.
 */
export function approvalsAsked(message: Restrictable, restrictions: readonly Restriction[], chain: AreaChain, at: number): number | 'silent' {
  let asked = 0;
  for (const restriction of restrictions.filter((one) => concerns(one, message, chain, at))) {
    if (restriction.approvals === null) return 'silent';
    asked = Math.max(asked, restriction.approvals);
  }
  return asked;
}

/** Whether a message that so many persons approved, the author apart, keeps silent there. */
export function isRestricted(message: Restrictable & { readonly approvals: number }, restrictions: readonly Restriction[], chain: AreaChain, at: number): boolean {
  const asked = approvalsAsked(message, restrictions, chain, at);
  return asked === 'silent' || message.approvals < asked;
}

/**
 * When the first repetition after the first is due that restrictions leave out of a message of so many approvals that
 * begins at `begins`; undefined where they leave out none. Turns and pre-emption may move it: a prediction. Unix ms.
 */
export function restrictedFrom(
  message: Restrictable & { readonly approvals: number } & Parameters<typeof repetitionOffsetMs>[0], restrictions: readonly Restriction[], chain: AreaChain, begins: number,
): number | undefined {
  const due = Array.from({ length: message.repeats - 1 }, (_, index) => begins + repetitionOffsetMs(message, index + 2));
  return due.find((at) => isRestricted(message, restrictions, chain, at));
}

/** Emergencies stand in no restriction's classes; the check here is for one that was forged into a memory. */
function concerns({ tier, area, classes, notBefore, notAfter }: Restriction, message: Restrictable, chain: AreaChain, at: number): boolean {
  return message.class !== 'emergency' && !message.isCorrection && classes.includes(message.class)
    && at >= notBefore && at < notAfter
    && TIERS[message.tier].rank <= TIERS[tier].rank
    && chain.some(({ id }) => id === area);
}
