import type { Digest, EnvelopeShape } from '#libs/contracts';
import type { Tombstone } from '#libs/domain';
import { isVoid, type TrustState } from '#libs/trust';
import { aboutEnvelope } from '../admit/about-envelope';
import type { Journal } from '../admit/journal';
import type { Refusals } from '../admit/refusals';
import type { TakenOrders } from '../admit/taken-orders';
import type { Teller } from '../spool/tell';
import type { PlacedOrder } from './placed-order';

export interface EndingsEvents {
  /** What only tells or keeps: it is put on the disk later if the disk cannot now. */
  report(writing: Promise<unknown>): void;
  onIsolated(): void;
  /** A stop or an isolation counts from now: what waits is asked again. */
  onNarrowed(): void;
}

/**
 * What ends an order that was taken before it is through: a stop, an isolation, a restriction, a successor, a correction,
 * a signature that no longer counts. Sound first, then the disk.
 */
export class Endings {
  constructor(
    private readonly taken: TakenOrders, private readonly journal: Journal, private readonly teller: Teller, private readonly refusals: Refusals,
    private readonly events: EndingsEvents,
  ) {}

  stop(reaches: (order: PlacedOrder) => boolean, { stopId, issuedAt }: Tombstone): void {
    const ended = this.taken.orders().filter(reaches);
    this.taken.end('STOPPED', reaches, issuedAt);
    for (const { messageDigest } of ended) this.journal.note(messageDigest, { stoppedBy: stopId });
    this.events.report(this.journal.save());
    this.events.onNarrowed();
  }

  /** Both ends raise an alarm (design 4 "isolate"). */
  isolate(shutsOut: (order: PlacedOrder) => boolean, envelope: EnvelopeShape): void {
    this.taken.end('ISOLATED', shutsOut);
    this.events.onIsolated();
    this.events.report(Promise.all([this.journal.save(), this.teller.incident('isolated', null, aboutEnvelope(envelope))]));
    this.events.onNarrowed();
  }

  restrict(keepsSilent: (order: PlacedOrder) => boolean): void {
    this.taken.end('RESTRICTED', keepsSilent);
    this.events.report(this.journal.save());
  }

  /** A successor ends its predecessor at once; another platform's stays and the attempt is reported (design 5 "Arbiter"). */
  replace({ message: { replaces }, dispatch }: PlacedOrder): void {
    const predecessor = replaces === null ? undefined : this.journal.noteOf(replaces);
    if (predecessor === undefined) return;
    if (predecessor.platform === dispatch.platform) this.takeBack(predecessor.messageDigest);
    else this.refusals.refused({ code: 'REJ_LINEAGE', subject: predecessor.messageDigest, payloadType: null, keyIds: [] });
  }

  takeBack(original: Digest): void {
    this.taken.end('WITHDRAWN', ({ messageDigest }) => messageDigest === original);
  }

  /** Documents changed: what stands on a key that is compromised now ends at once. */
  void(trust: TrustState): void {
    this.taken.end('SIG_REJECT', (order) => isVoid(trust, order));
  }
}
