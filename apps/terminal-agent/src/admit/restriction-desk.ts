import type { EnvelopeShape } from '#libs/contracts';
import { hasRoomFor, isRestricted, type Restriction } from '#libs/domain';
import { restrictionOf, verifyRestriction } from '#libs/trust';
import { itemOf, type PlacedOrder } from '../playout/placed-order';
import { aboutEnvelope } from './about-envelope';
import type { Journal } from './journal';
import type { Refusals } from './refusals';
import type { Standing } from './standing';
import { WaitingEnvelopes } from './waiting-envelopes';

/** Restrictions that wait for documents, a place or the time. */
const MAX_WAITING = 16;

/** Something narrows from now or from its beginning: what waits and would begin inside it never does; the disk comes after. */
export type OnRestricted = (keepsSilent: (order: PlacedOrder) => boolean) => void;

/**
 * Verifies restrictions and remembers them until they end by themselves; one that begins later is kept now and needs no
 * link then. What sounds already is not cut off by one. While the time is unknown a new one waits, for it could be over;
 * one that was taken before goes on.
 */
export class RestrictionDesk {
  private readonly waiting = new WaitingEnvelopes(MAX_WAITING);

  constructor(
    private readonly standing: Standing, private readonly journal: Journal, private readonly refusals: Refusals,
    private readonly now: () => number | null, private readonly onRestricted: OnRestricted,
  ) {}

  receive(envelope: EnvelopeShape): void {
    const { assignment, trust } = this.standing;
    const now = this.now();
    if (assignment === null || now === null) {
      this.waiting.keep(envelope);
      return;
    }
    const verified = verifyRestriction(trust, envelope, now, assignment.areas);
    if (!verified.ok) {
      if (verified.code === 'REJ_KEY_UNKNOWN' || verified.code === 'REJ_LINEAGE') this.waiting.keep(envelope);
      else if (verified.code !== 'REJ_NOT_TARGETED') this.refusals.refused({ code: verified.code, ...aboutEnvelope(envelope) });
      return;
    }
    const restriction = restrictionOf(verified.value);
    if (!assignment.areas.some(({ id }) => id === restriction.area)) return;
    if (!hasRoomFor(restriction, this.journal.restrictions.filter(({ notAfter }) => notAfter > now))) return;
    if (!this.journal.addRestriction(restriction)) return;
    this.onRestricted((order) => this.keepsSilent(restriction, order, now));
  }

  /** Documents, a place or the time may make a waiting restriction count. */
  review(): void {
    for (const entry of this.waiting.take()) this.receive(entry);
  }

  private keepsSilent(restriction: Restriction, order: PlacedOrder, now: number): boolean {
    const note = this.journal.noteOf(order.messageDigest);
    if (note?.state === 'playing' || (note?.repetition ?? 0) > 0) return false;
    const { message, tier, dispatch } = order;
    const restrictable = { class: message.class, tier, approvals: dispatch.approvals.length, isCorrection: dispatch.targets.heard !== null };
    return isRestricted(restrictable, [restriction], this.standing.assignment?.areas ?? [], Math.max(now, itemOf(order).startAt));
  }
}
