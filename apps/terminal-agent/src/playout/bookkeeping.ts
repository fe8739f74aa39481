import type { FailureReason } from '#libs/contracts';
import type { Position } from '#libs/domain';
import type { Journal, MessageNote } from '../admit/journal';
import type { Teller } from '../spool/tell';
import type { OrderFiles } from './order-files';
import type { KeptOrder, PlacedOrder } from './placed-order';
import { NOTHING_HEARD, type Heard, type PlayerEvents } from './player-ports';

/**
 * What is written down and reported of each order: journal and order file before sound, receipts after. A receipt lies
 * in the spool before the journal closes the order, so that a power cut between the two loses neither.
 */
export class Bookkeeping implements PlayerEvents {
  /** Orders and when they lie on the disk. */
  private readonly kept = new Map<string, Promise<unknown>>();

  constructor(
    private readonly journal: Journal, private readonly orders: OrderFiles, private readonly teller: Teller,
    /** Told of every write that failed; nothing may sound that rests on it. */
    private readonly onDiskFault: () => void,
  ) {}

  /** The order was accepted in memory; resolves when it is durable; then it is acknowledged, and told when quiet hours put it off. */
  async take(order: PlacedOrder, kept: KeptOrder): Promise<void> {
    const { dispatchId } = order.dispatch;
    if (order.resumption !== null) this.noteWaiting(order, order.resumption);
    const written = Promise.all([this.orders.keep(dispatchId, kept), this.journal.save()]);
    this.kept.set(dispatchId, written);
    await written;
    this.watch(this.teller.acked(order));
    if (order.postponed !== null) this.watch(this.teller.repetitionFailed(order, { ...NOTHING_HEARD, repetition: order.postponed.repetition }, 'QUIET_HOURS'));
  }

  /** It could not be kept: as if nothing of it had begun. */
  notKept(order: PlacedOrder): void {
    this.kept.delete(order.dispatch.dispatchId);
    this.journal.note(order.messageDigest, { state: 'accepted', repetition: (order.resumption?.repetition ?? 1) - 1 });
  }

  async begin(order: PlacedOrder, repetition: number): Promise<void> {
    this.journal.note(order.messageDigest, { repetition, state: 'playing', position: null });
    const saved = this.journal.save();
    try {
      await Promise.all([this.kept.get(order.dispatch.dispatchId), saved]);
    } catch (error) {
      this.onDiskFault();
      throw error;
    }
  }

  audible(order: PlacedOrder, heard: Parameters<PlayerEvents['audible']>[1]): void {
    // In memory is enough: until the order is closed, a journal read back says so by itself.
    this.journal.note(order.messageDigest, { sounded: true });
    this.watch(this.teller.audible(order, heard));
  }

  ended(order: PlacedOrder, heard: Heard): void {
    this.watch(this.teller.done(order, heard).then(() => {
      if (this.journal.noteOf(order.messageDigest)?.dispatchId === order.dispatch.dispatchId) this.journal.note(order.messageDigest, { ended: heard.repetition });
      return this.journal.save();
    }));
  }

  repetitionFailed(order: PlacedOrder, heard: Heard, reason: FailureReason): void {
    this.watch(this.teller.repetitionFailed(order, heard, reason));
  }

  waits(order: PlacedOrder, position: Position): void {
    this.noteWaiting(order, position);
    this.watch(this.journal.save());
  }

  stoppedOn(order: PlacedOrder, timetableStartAt: number): void {
    // Written with what closes it.
    this.journal.note(order.messageDigest, { startAt: timetableStartAt });
  }

  closed(order: PlacedOrder, end: Parameters<PlayerEvents['closed']>[1]): void {
    if (end.reason !== null) this.journal.note(order.messageDigest, { ending: end.reason });
    // One that ends before it is written down is acknowledged first all the same.
    const written = this.kept.get(order.dispatch.dispatchId)?.catch(() => undefined);
    this.watch(this.close(order, end.reason, written === undefined ? this.lastWord(order, end) : written.then(() => this.lastWord(order, end))));
  }

  /** Closes an order of before a restart: it was ended then, or not enough is left to play it. */
  closeEarlier(note: MessageNote, reason: FailureReason): void {
    const about = { messageDigest: note.messageDigest, dispatch: { dispatchId: note.dispatchId } };
    this.watch(this.close(about, reason, this.teller.failed(about, reason, null)));
  }

  private noteWaiting({ messageDigest }: PlacedOrder, { repetition, fromMs }: Position): void {
    this.journal.note(messageDigest, { position: { repetition, fromMs: Math.round(fromMs) } });
  }

  private lastWord(order: PlacedOrder, { reason, heard, whole }: Parameters<PlayerEvents['closed']>[1]): Promise<void> {
    if (reason !== null) return this.teller.failed(order, reason, heard);
    // Repetitions that would begin after the window never come, and a silent drill has none: say that the whole is done.
    return whole ? Promise.resolve() : this.teller.done(order, NOTHING_HEARD);
  }

  private async close(about: Parameters<Teller['acked']>[0], reason: FailureReason | null, told: Promise<void>): Promise<void> {
    await told.catch(() => this.onDiskFault());
    const { dispatchId } = about.dispatch;
    this.kept.delete(dispatchId);
    // The same message may go on under another dispatch by now.
    if (this.journal.noteOf(about.messageDigest)?.dispatchId === dispatchId) this.journal.note(about.messageDigest, { state: stateAfter(reason) });
    await this.journal.save();
    await this.orders.remove(dispatchId);
  }

  private watch(writing: Promise<void>): void {
    writing.catch(() => this.onDiskFault());
  }
}

/** `interrupted` leaves room for one new dispatch of the same message; the others do not (design 4). */
function stateAfter(reason: FailureReason | null): MessageNote['state'] {
  switch (reason) {
    case 'INTERRUPTED': return 'interrupted';
    case 'STOPPED':
    case 'WITHDRAWN':
    case 'SIG_REJECT': return 'stopped';
    default: return 'completed';
  }
}
