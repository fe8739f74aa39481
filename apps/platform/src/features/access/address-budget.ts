/** Sign-ins of one address over all accounts, known or invented, that did not succeed: each costs the server a slow password hash. */
const WINDOW_MS = 10 * 60_000;
const FAILURES = 100;
/** Above this many addresses the oldest windows go first. */
const MOST_ADDRESSES = 10_000;

/** Counts in memory: it protects this process's own processor, and a restart may forget it. */
export class AddressBudget {
  private readonly windows = new Map<string, { readonly since: number; failures: number }>();

  /** Milliseconds to wait; 0 when the address may try. */
  waitMs(address: string, now: number): number {
    const window = this.windows.get(address);
    if (window === undefined || now - window.since >= WINDOW_MS || window.failures < FAILURES) return 0;
    return window.since + WINDOW_MS - now;
  }

  /** Counted before the work is done, so that a hundred tries at the same time are a hundred. */
  failed(address: string, now: number): void {
    const window = this.windows.get(address);
    if (window !== undefined && now - window.since < WINDOW_MS) {
      window.failures += 1;
      return;
    }
    this.windows.delete(address);
    this.windows.set(address, { since: now, failures: 1 });
    for (const oldest of this.windows.keys()) {
      if (this.windows.size <= MOST_ADDRESSES) break;
      this.windows.delete(oldest);
    }
  }

  /** The one counted last turned out right. */
  forgive(address: string): void {
    const window = this.windows.get(address);
    if (window !== undefined && window.failures > 0) window.failures -= 1;
  }
}
