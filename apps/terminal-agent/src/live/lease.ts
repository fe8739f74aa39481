import { LIMITS } from '#libs/contracts';

/**
 * How long a living voice may still sound here: until `LIMITS.leaseMs` after the newest beacon that leases it, and while
 * there was none until as long after its start, or after it was placed where that came later. Then it is silent, and
 * comes back with another lease; `LIMITS.unleasedMs` without one, and it is over.
 */
export class Lease {
  /** District Unix ms; undefined while the time is unknown. */
  private until: number | undefined;
  /** The same on the unit's own clock, which nobody sets back; Infinity before the first lease. */
  private ownUntil = Infinity;

  constructor(private readonly startAt: number) {}

  /** A genuine beacon of `at` leases it. An old one gives no more than it gave when it was new. */
  renew(at: number, now: number, monotonicMs: number): void {
    const until = Math.min(at, now) + LIMITS.leaseMs;
    if (until <= this.ends(now)) return;
    this.until = until;
    this.ownUntil = monotonicMs + LIMITS.leaseMs;
  }

  /** Whether a sample may sound `inMs` from now. */
  allows(now: number, monotonicMs: number, inMs = 0): boolean {
    return this.restMs(now, monotonicMs) > inMs;
  }

  isGivenUp(now: number, monotonicMs: number): boolean {
    return this.restMs(now, monotonicMs) <= -LIMITS.unleasedMs;
  }

  /** So long it has still to run, ms; negative when it ended so long ago. */
  restMs(now: number, monotonicMs: number): number {
    return Math.min(this.ends(now) - now, this.ownUntil - monotonicMs);
  }

  private ends(now: number): number {
    this.until ??= Math.max(this.startAt, now) + LIMITS.leaseMs;
    return this.until;
  }
}
