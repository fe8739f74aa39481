import type { Digest, EnvelopeShape } from '#libs/contracts';
import { isRestricted, type Restriction } from '#libs/domain';
import { restrictionOf, verifyRestriction } from '#libs/trust';
import { itemOf, type PlacedOrder } from '../playout/placed-order';
import { aboutEnvelope } from './about-envelope';
import type { Journal } from './journal';
import { NarrowingEnvelopes } from './narrowing-envelopes';
import type { Refusals } from './refusals';
import type { Standing } from './standing';

/** Something narrows from now or from its beginning: what waits and would begin inside it never does; the disk comes after. */
export type OnRestricted = (keepsSilent: (order: PlacedOrder) => boolean) => void;

/**
 * Verifies restrictions and remembers them until they end by themselves; one that begins later is kept now and needs no
 * link then. What waits is judged by its plan, and each
 * repetition once more when it truly begins; what sounds already ends its repetition. While the time is unknown a new one
 * waits, for it could be over; one that was taken before goes on.
 */
export class RestrictionDesk {
  private readonly narrowing: NarrowingEnvelopes;

  constructor(
    private readonly standing: Standing, private readonly journal: Journal, private readonly refusals: Refusals,
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
    const added = this.journal.addRestriction(restriction, verified.value.digest, now);
    if (added === undefined) return;
    for (const { digest } of added.refused) this.tellRefused(digest, envelope);
    if (added.isKept) this.onRestricted((order) => this.keepsUnbegunSilent(restriction, order, Math.max(now, itemOf(order).startAt)));
  }

  /** Whether nothing of it may begin at that time: a repetition, or the rest of one. */
  keepsSilent(order: PlacedOrder, at: number): boolean {
    return this.keepSilent(this.journal.restrictions, order, at);
  }

  /** Documents, a place or the time may make a waiting restriction count. */
  review(): void {
    for (const entry of this.narrowing.take()) this.receive(entry);
  }

  /** What has begun loses what would begin inside a restriction one by one, when its time comes. */
  private keepsUnbegunSilent(restriction: Restriction, order: PlacedOrder, at: number): boolean {
    const note = this.journal.noteOf(order.messageDigest);
    return note?.state !== 'playing' && (note?.repetition ?? 0) === 0 && this.keepSilent([restriction], order, at);
  }

  private keepSilent(restrictions: readonly Restriction[], { message, tier, dispatch }: PlacedOrder, at: number): boolean {
    const restrictable = { class: message.class, tier, approvals: dispatch.approvals.length, isCorrection: dispatch.targets.heard !== null };
    return isRestricted(restrictable, restrictions, this.standing.assignment?.areas ?? [], at);
  }

  /** For want of room: somebody with a key that counts sends more than any platform does. */
  private tellRefused(digest: Digest | null, newcomer: EnvelopeShape): void {
    const about = aboutEnvelope(newcomer);
    this.refusals.refused({ code: 'REJ_FULL', ...about, ...(digest === about.subject ? {} : { subject: digest, keyIds: [] }) });
  }
}
