import type { Sound } from '../hardware/sound-card';
import type { DiskCare } from '../health/disk-care';
import type { Bookkeeping } from '../playout/bookkeeping';
import type { KeptOrder, PlacedOrder } from '../playout/placed-order';
import type { LostSounds } from '../playout/lost-sounds';
import type { Player } from '../playout/player';

interface Unwritten {
  readonly order: PlacedOrder;
  readonly sounds: readonly Sound[];
  readonly kept: KeptOrder;
}

/**
 * Orders that were taken: with the player, or, when the disk refused to keep them, waiting for room there. These come in
 * afterwards as any late joiner does; what ends an order ends it here as well. A power cut loses them, and the next
 * exchange brings them again. Those whose sound was lost count among them (`LostSounds`).
 */
export class TakenOrders {
  private unwritten: readonly Unwritten[] = [];

  constructor(private readonly player: Player, private readonly books: Bookkeeping, private readonly disk: DiskCare, private readonly lost: LostSounds) {}

  place(order: PlacedOrder, sounds: readonly Sound[], kept: KeptOrder): void {
    if (!this.disk.canWrite) {
      this.unwritten = [...this.unwritten, { order, sounds, kept }];
      return;
    }
    // The player begins in the same turn, so that one write carries floors, journal and repetition.
    const taken = this.books.take(order, kept);
    this.player.add(order, sounds);
    taken.catch(() => {
      this.disk.refused();
      // It has not begun: nothing of it was on the disk.
      if (!this.player.orders().includes(order)) return;
      this.player.forget(order.dispatch.dispatchId);
      this.books.notKept(order);
      this.unwritten = [...this.unwritten, { order, sounds, kept }];
    });
  }

  orders(): readonly PlacedOrder[] {
    return [...this.player.orders(), ...this.unwritten.map(({ order }) => order), ...this.lost.orders()];
  }

  /** Ends at once what matches: sound first, everything else after. */
  end(...ending: Parameters<Player['end']>): void {
    this.player.end(...ending);
    const [reason, matches] = ending;
    const ended = this.unwritten.filter(({ order }) => matches(order));
    this.unwritten = this.unwritten.filter((entry) => !ended.includes(entry));
    for (const order of [...ended.map((entry) => entry.order), ...this.lost.take(matches)]) this.books.closed(order, { reason, heard: null, whole: false });
  }

  /** There is room on the disk again. */
  placeUnwritten(): void {
    const waiting = this.unwritten;
    this.unwritten = [];
    for (const { order, sounds, kept } of waiting) this.place(order, sounds, kept);
  }
}
