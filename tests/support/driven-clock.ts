import { randomBytes } from 'node:crypto';
import type { Clock } from '../../apps/platform/src/kernel/clock';
import { uuidV7 } from '../../apps/platform/src/kernel/uuid-v7';

/** A clock of the platform that stands still until it is moved. Chance stays real: nothing may depend on it. */
export class DrivenClock implements Clock {
  private passedMs = 0;
  private setByMs = 0;

  constructor(private readonly startedAt: number) {}

  now(): number {
    return this.startedAt + this.passedMs + this.setByMs;
  }

  monotonicMs(): number {
    return this.passedMs;
  }

  bootMs(): number {
    return this.passedMs;
  }

  uuid(): string {
    return uuidV7(this.now(), randomBytes(10));
  }

  random(count: number): Uint8Array {
    return new Uint8Array(randomBytes(count));
  }

  advance(ms: number): void {
    this.passedMs += ms;
  }

  /** Somebody sets the machine's clock this much forward or back; no time passes. */
  set(byMs: number): void {
    this.setByMs += byMs;
  }
}
