import type { Clock, Timer } from '../clock';

/** A disk that refused is asked again this often. */
const ASK_AGAIN_MS = 5_000;

export interface DiskCareEvents {
  /** The first refused write of a spell. */
  onRefused(): void;
  /** There is room again, and everything that waited for it lies on the disk. */
  onRoom(): void;
}

/**
 * Whether this unit can write down what it does. Without that nothing may sound: a restart would not know of it. A spell
 * begins with a refused write and ends when `writeAll` has put everything on the disk that only the memory knows.
 */
export class DiskCare {
  private timer: Timer | undefined;
  private refusing = false;

  constructor(private readonly clock: Clock, private readonly writeAll: () => Promise<unknown>, private readonly events: DiskCareEvents) {}

  get canWrite(): boolean {
    return !this.refusing;
  }

  /** Some write was refused. */
  refused(): void {
    if (this.refusing) return;
    this.refusing = true;
    this.events.onRefused();
    this.askLater();
  }

  /** Something speaks for it that the disk is full: finds out. */
  ask(): void {
    if (this.refusing) return;
    this.writeAll().catch(() => this.refused());
  }

  private askLater(): void {
    this.timer?.cancel();
    this.timer = this.clock.setTimer(ASK_AGAIN_MS, () => {
      this.writeAll().then(() => {
        this.refusing = false;
        this.events.onRoom();
      }, () => this.askLater());
    });
  }
}
