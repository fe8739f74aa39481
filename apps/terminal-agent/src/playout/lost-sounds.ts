import type { FailureReason } from '#libs/contracts';
import { filesOf, rememberUntil, type Before } from '#libs/domain';
import type { Clock, Timer } from '../clock';
import type { MessageNote } from '../admit/journal';
import type { Sound } from '../hardware/sound-card';
import type { MediaStore } from '../media/media-store';
import type { PlacedOrder } from './placed-order';

/** A sound that nobody gave is asked for again after this. */
const ASK_AGAIN_MS = 5_000;

export interface LostSoundsEvents {
  /** Everything lies here again: it goes on. `sounds` in the order of the segments. */
  onWhole(order: PlacedOrder, sounds: readonly Sound[], before: Before): void;
  /** Its window is over, and its sound did not come. */
  onOver(note: MessageNote, reason: FailureReason): void;
}

interface Entry {
  readonly order: PlacedOrder;
  readonly note: MessageNote;
}

/**
 * Orders of before a restart whose sound is gone from the shelf, or has rotted there: fetched again and waited for until
 * their window ends, with media and link perhaps only minutes away.
 */
export class LostSounds {
  private entries: readonly Entry[] = [];
  private timer: Timer | undefined;

  constructor(
    private readonly clock: Clock, private readonly media: MediaStore,
    /** District Unix ms; null while unknown: then no window is over yet. */
    private readonly now: () => number | null, private readonly events: LostSoundsEvents,
  ) {}

  wait(order: PlacedOrder, note: MessageNote): void {
    this.entries = [...this.entries, { order, note }];
    void this.review();
  }

  orders(): readonly PlacedOrder[] {
    return this.entries.map(({ order }) => order);
  }

  /** Gives up what matches: something else ended it. */
  take(matches: (order: PlacedOrder) => boolean): readonly PlacedOrder[] {
    const taken = this.entries.filter(({ order }) => matches(order));
    this.entries = this.entries.filter((entry) => !taken.includes(entry));
    return taken.map(({ order }) => order);
  }

  /** Something arrived, or some time has passed. */
  async review(): Promise<void> {
    for (const entry of this.entries) await this.look(entry);
    this.timer?.cancel();
    if (this.entries.length > 0) this.timer = this.clock.setTimer(ASK_AGAIN_MS, () => void this.review());
  }

  private async look(entry: Entry): Promise<void> {
    const { order: { dispatch, message }, order, note } = entry;
    const now = this.now();
    if (now !== null && now >= dispatch.notAfter) {
      if (this.leave(entry)) this.events.onOver(note, note.repetition > 0 ? 'INTERRUPTED' : 'FETCH_FAIL');
      return;
    }
    const files = filesOf(message.body);
    const sounds = await Promise.all(files.map(({ sha256 }) => this.media.open(sha256)));
    const whole = sounds.filter((sound) => sound !== null);
    if (whole.length < sounds.length) {
      for (const { sha256, bytes } of files) this.media.want(sha256, bytes, rememberUntil(dispatch.notAfter));
    } else if (this.leave(entry)) this.events.onWhole(order, whole, { begun: note.repetition, ended: note.ended, position: note.position });
  }

  /** False when it has left already, while something was read. */
  private leave(entry: Entry): boolean {
    const was = this.entries.includes(entry);
    this.entries = this.entries.filter((other) => other !== entry);
    return was;
  }
}
