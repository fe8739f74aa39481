import type { TerminalId } from '#libs/contracts';
import type { Clock } from '../clock';

/**
 * Two boxes with one key push each other out: each hello ends a connection that was alive. A genuine unit does so when
 * its line broke unnoticed, after a long silence, or once when it starts again; not three times in a minute.
 */
const TIMES = 3;
const WITHIN_MS = 60_000;
/** Heard within this time, the older connection was alive. */
const ALIVE_MS = 15_000;

/** Notices copies of one terminal (facts T56). Counters that fork show the rest to the platform. */
export class CloneWatch {
  private readonly pushedOut = new Map<TerminalId, readonly number[]>();

  constructor(private readonly clock: Pick<Clock, 'monotonicMs'>) {}

  /** A newer connection of the terminal ended this one, last heard at `lastHeardMs`. True when this cannot be one box any more. */
  replaced(terminal: TerminalId, lastHeardMs: number): boolean {
    const now = this.clock.monotonicMs();
    if (now - lastHeardMs > ALIVE_MS) return false;
    const times = [...(this.pushedOut.get(terminal) ?? []).filter((at) => now - at < WITHIN_MS), now];
    if (times.length < TIMES) {
      this.pushedOut.set(terminal, times);
      return false;
    }
    this.pushedOut.delete(terminal);
    return true;
  }

  /** Forgets what is long ago. */
  sweep(): void {
    const now = this.clock.monotonicMs();
    for (const [terminal, times] of this.pushedOut) if (times.every((at) => now - at >= WITHIN_MS)) this.pushedOut.delete(terminal);
  }
}
