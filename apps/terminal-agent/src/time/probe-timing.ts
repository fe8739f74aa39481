import type { Chance, Clock, Timer } from '../clock';

/** Twenty in the first two seconds of a connection, then one every 15 s, one a second while a voice is live (design 5). */
const BURST = 20;
const BURST_EVERY_MS = 100;
const IDLE_EVERY_MS = 15_000;
const LIVE_EVERY_MS = 1_000;

/** When to ask for the time: jittered, so that six hundred units never ask in step. */
export class ProbeTiming {
  private sent = 0;
  private timer: Timer | undefined;
  private isLive = false;

  constructor(private readonly clock: Clock, private readonly chance: Chance, private readonly ask: () => void) {}

  start(): void {
    this.stop();
    this.sent = 0;
    this.next();
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }

  /** Whether a voice is live here: its samples are placed by the time of each moment. */
  live(isLive: boolean): void {
    if (this.isLive === isLive) return;
    this.isLive = isLive;
    if (this.timer === undefined) return;
    this.timer.cancel();
    this.next();
  }

  private next(): void {
    const every = this.sent < BURST ? BURST_EVERY_MS : this.isLive ? LIVE_EVERY_MS : IDLE_EVERY_MS;
    // Between half and one and a half of the pace for the burst; idle ones stay within a tenth of theirs.
    const spread = this.sent < BURST ? 1 : 0.2;
    this.timer = this.clock.setTimer(every * (1 - spread / 2 + spread * this.chance.fraction()), () => {
      this.sent += 1;
      this.ask();
      this.next();
    });
  }
}
