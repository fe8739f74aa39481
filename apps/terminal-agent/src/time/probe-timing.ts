import type { Chance, Clock, Timer } from '../clock';

/** Twenty in the first two seconds of a connection, then one every 15 s, one a second while a voice is live (design 5); twelve more before its first word. */
const BURST = 20;
const BURST_EVERY_MS = 100;
const IDLE_EVERY_MS = 15_000;
const LIVE_EVERY_MS = 1_000;
/** A congested way up has few free moments: those of the idle minutes alone leave neighbours up to 20 ms apart. */
const LIVE_BURST = 12;
const LIVE_BURST_EVERY_MS = 250;

/** When to ask for the time: jittered, so that six hundred units never ask in step. */
export class ProbeTiming {
  private sent = 0;
  private timer: Timer | undefined;
  private isLive = false;
  private sentLive = 0;

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
    this.sentLive = 0;
    if (this.timer === undefined) return;
    this.timer.cancel();
    this.next();
  }

  private next(): void {
    const { everyMs, spread } = this.pace();
    this.timer = this.clock.setTimer(everyMs * (1 - spread / 2 + spread * this.chance.fraction()), () => {
      this.sent += 1;
      if (this.isLive) this.sentLive += 1;
      this.ask();
      this.next();
    });
  }

  /** Bursts spread between half and one and a half of their pace, the others within a tenth of theirs. */
  private pace(): { readonly everyMs: number; readonly spread: number } {
    if (this.sent < BURST) return { everyMs: BURST_EVERY_MS, spread: 1 };
    if (this.isLive && this.sentLive < LIVE_BURST) return { everyMs: LIVE_BURST_EVERY_MS, spread: 1 };
    return { everyMs: this.isLive ? LIVE_EVERY_MS : IDLE_EVERY_MS, spread: 0.2 };
  }
}
