import type { EnvelopeShape } from '#libs/contracts';
import { silences, type Tombstone } from '#libs/domain';
import { tombstoneOf, verifyStop } from '#libs/trust';
import type { PlacedOrder } from '../playout/placed-order';
import { aboutEnvelope } from './about-envelope';
import type { Journal } from './journal';
import type { Refusals } from './refusals';
import type { Standing } from './standing';
import { WaitingEnvelopes } from './waiting-envelopes';

/** Stops whose signer is not known (yet): the gateway sends every stop to everybody. */
const MAX_WAITING = 64;

export interface StopEvents {
  /** Silence now what the stop reaches; the disk comes after. */
  onStop(reaches: (order: PlacedOrder) => boolean, stop: Tombstone): void;
}

/**
 * Verifies stops and remembers them. A stop by a platform outside the lineage, or for a place where this terminal does
 * not stand, means nothing here and is no incident.
 */
export class StopDesk {
  private readonly waiting = new WaitingEnvelopes(MAX_WAITING);

  constructor(
    private readonly standing: Standing, private readonly journal: Journal, private readonly refusals: Refusals,
    /** The time as the district has told it; null before that, and a stop keeps its date until it has (`Journal.dateStops`). */
    private readonly now: () => number | null, private readonly events: StopEvents,
  ) {}

  receive(envelope: EnvelopeShape): void {
    const { assignment, trust } = this.standing;
    if (assignment === null) {
      this.waiting.keep(envelope);
      return;
    }
    const verified = verifyStop(trust, envelope, assignment.areas);
    if (!verified.ok) {
      if (verified.code === 'REJ_KEY_UNKNOWN' || verified.code === 'REJ_LINEAGE') this.waiting.keep(envelope);
      else if (verified.code !== 'REJ_NOT_TARGETED') this.refusals.refused({ code: verified.code, ...aboutEnvelope(envelope) });
      return;
    }
    const { stop } = verified.value;
    if (!assignment.areas.some((area) => area.id === stop.area)) return;
    const tombstone = tombstoneOf(verified.value, this.now());
    if (this.journal.addStop(tombstone, stop.notAfter, verified.value.digest)) this.events.onStop((order) => this.reaches(tombstone, order, assignment.areas), tombstone);
  }

  /** New documents or an assignment may make a waiting stop count. */
  review(): void {
    for (const entry of this.waiting.take()) this.receive(entry);
  }

  /** A stop that was taken back before it came here does not reach what goes on. */
  private reaches(stop: Tombstone, order: PlacedOrder, areas: Parameters<typeof silences>[2]): boolean {
    const takenBack = order.dispatch.resumes === null ? [] : this.journal.noteOf(order.messageDigest)?.takenBack ?? [];
    return silences(stop, { digest: order.messageDigest, issuedAt: order.saidAt, tier: order.tier, takenBack }, areas);
  }
}
