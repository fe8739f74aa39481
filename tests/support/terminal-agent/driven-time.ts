import type { Chance, Timer } from '../../../apps/terminal-agent/src/clock';
import type { TrueTime } from '../../../apps/terminal-agent/src/simulator/true-time';

interface Waiting {
  readonly at: number;
  readonly order: number;
  readonly then: () => void;
}

/** True time that stands still until a test moves it. Timers fire in order, each at its own moment. */
export class DrivenTime implements TrueTime {
  private waiting: readonly Waiting[] = [];
  private made = 0;

  constructor(private at: number) {}

  now(): number {
    return this.at;
  }

  setTimer(delayMs: number, then: () => void): Timer {
    const timer: Waiting = { at: this.at + Math.max(0, delayMs), order: this.made++, then };
    this.waiting = [...this.waiting, timer];
    return { cancel: () => { this.waiting = this.waiting.filter((other) => other !== timer); } };
  }

  /** Goes forward, letting promises settle after every timer. */
  async move(ms: number): Promise<void> {
    const until = this.at + ms;
    await settled();
    for (;;) {
      const next = [...this.waiting].sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (next === undefined || next.at > until) break;
      this.waiting = this.waiting.filter((other) => other !== next);
      this.at = Math.max(this.at, next.at);
      next.then();
      await settled();
    }
    this.at = until;
    await settled();
  }

  /** Jumps without running any timer: the process was asleep; what was due fires at the next `move`. */
  jump(ms: number): void {
    this.at += ms;
  }
}

/** Lets everything that is only waiting for promises run to its end. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 25; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** The same "randomness" for the same seed (mulberry32). */
export function seededChance(seed: number): Chance {
  let state = seed >>> 0;
  const fraction = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { fraction, bytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(fraction() * 256)) };
}
