import type { EnvelopeShape } from '#libs/contracts';
import { hasRoomFor, isRestricted, type Restriction } from '#libs/domain';
import { restrictionOf, verifyRestriction } from '#libs/trust';
import { itemOf, type PlacedOrder } from '../playout/placed-order';
import type { Journal } from './journal';
import { NarrowingEnvelopes } from './narrowing-envelopes';
import type { Refusals } from './refusals';
import type { Standing } from './standing';

/** Something narrows from now or from its beginning: what waits and would begin inside it never does; the disk comes after. */
export type OnRestricted = (keepsSilent: (order: PlacedOrder) => boolean) => void;

/**
 * Verifies restrictions and remembers them until they end by themselves; one that begins later is kept now and needs no
 * link then. What waits is judged by its plan, and once more when it truly begins; what sounds already is not cut off. While the time is unknown a new one waits, for it could be over;
 * one that was taken before goes on.
 */
export class RestrictionDesk {
  private readonly narrowing: NarrowingEnvelopes;

  constructor(
    private readonly standing: Standing, private readonly journal: Journal, refusals: Refusals,
    now: () => number | null, private readonly onRestricted: OnRestricted,
  ) {
    this.narrowing = new NarrowingEnvelopes(standing, refusals, now);
  }

  receive(envelope: EnvelopeShape): void {
    const verified = this.narrowing.verified(envelope, verifyRestriction);
    if (verified === undefined) return;
    const { areas, now } = verified;
    const restriction = restrictionOf(verified.value);
    if (!areas.some(({ id }) => id === restriction.area)) return;
    if (!hasRoomFor(restriction, this.journal.restrictions.filter(({ notAfter }) => notAfter > now))) return;
    if (!this.journal.addRestriction(restriction)) return;
    this.onRestricted((order) => this.keepSilent([restriction], order, Math.max(now, itemOf(order).startAt)));
  }

  /** Whether it may not begin at that time although it was taken: it had to wait for the loudspeaker until a restriction had begun. */
  keepsSilent(order: PlacedOrder, at: number): boolean {
    return this.keepSilent(this.journal.restrictions, order, at);
  }

  /** Documents, a place or the time may make a waiting restriction count. */
  review(): void {
    for (const entry of this.narrowing.take()) this.receive(entry);
  }

  private keepSilent(restrictions: readonly Restriction[], order: PlacedOrder, at: number): boolean {
    const note = this.journal.noteOf(order.messageDigest);
    if (note?.state === 'playing' || (note?.repetition ?? 0) > 0) return false;
    const { message, tier, dispatch } = order;
    const restrictable = { class: message.class, tier, approvals: dispatch.approvals.length, isCorrection: dispatch.targets.heard !== null };
    return isRestricted(restrictable, restrictions, this.standing.assignment?.areas ?? [], at);
  }
}
