import { CARD_RATE, FRAMES_PER_MS } from './sound-card';

/** What aplay says of itself before it plays. */
export interface DeviceBuffer {
  readonly bufferFrames: number;
  readonly periodFrames: number;
}

/** A crystal is never this wrong; a device that takes samples faster has no clock (ALSA's null and file devices). */
const WORST_PPM = 1_000;
const SLACK_FRAMES = 10 * FRAMES_PER_MS;
/** The best report of so long a time counts: long enough to lose the scheduler's delays, short enough that 100 ppm drift a fifth of a millisecond. */
const WINDOW_MS = 2_000;

/**
 * Where a playing device stands, worked out from when it took each period. The feeder keeps more than one buffer of
 * samples ahead, so the player is always waiting for room: a period is taken at the moment when the device has sounded
 * everything but one buffer. Late reports only make the device look slower, so the fastest one in a while is the truest.
 * Frames count from the first sample of this child; times are the unit's monotonic ms.
 */
export class DeviceClock {
  private anchor: { at: number; frame: number } | undefined;
  private taken = 0;
  private fullAt: number;
  private offset = 0;
  private best: readonly { readonly at: number; readonly offset: number }[] = [];
  private free = false;

  constructor(private readonly buffer: DeviceBuffer) {
    this.fullAt = buffer.bufferFrames;
  }

  /** Whether the device has begun. */
  get running(): boolean {
    return this.anchor !== undefined;
  }

  /** Whether it takes samples as fast as they come: then our own clock is the only one. */
  get unclocked(): boolean {
    return this.free;
  }

  /** The device has begun without telling of periods: from here on it goes by our clock. */
  began(at: number): void {
    this.anchor = { at, frame: 0 };
    this.free = true;
  }

  /** The device took one more period. */
  took(at: number): void {
    this.taken += this.buffer.periodFrames;
    if (this.anchor === undefined) {
      this.anchor = { at, frame: Math.max(0, this.taken - this.buffer.periodFrames) };
      return;
    }
    // Until its buffer was full once it took what came: that says nothing of its pace.
    if (this.free || this.taken <= this.fullAt) return;
    const offset = this.taken - this.buffer.bufferFrames - this.anchor.frame - (at - this.anchor.at) * FRAMES_PER_MS;
    if (offset > this.offset + SLACK_FRAMES + ((at - this.anchor.at) * CARD_RATE * WORST_PPM) / 1e9) {
      this.free = true;
      this.offset = 0;
      return;
    }
    this.best = [...this.best.filter((one) => one.at > at - WINDOW_MS && one.offset > offset), { at, offset }];
    this.offset = this.best[0]?.offset ?? offset;
  }

  /** The device ran dry: it stands still until it takes the next period. */
  ranDry(): void {
    this.anchor = undefined;
    this.offset = 0;
    this.best = [];
    this.fullAt = this.taken + this.buffer.bufferFrames;
  }

  /** Frames beyond which nothing can have sounded: what it took. Infinity for a device that does not tell. */
  get reach(): number {
    return this.taken === 0 ? Infinity : this.taken;
  }

  /** The frame that sounds at `at`, with fractions, if the device goes on as it did; undefined while it stands still. */
  frameAt(at: number): number | undefined {
    if (this.anchor === undefined) return undefined;
    return this.anchor.frame + (at - this.anchor.at) * FRAMES_PER_MS + this.offset;
  }
}
