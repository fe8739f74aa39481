/**
 * Counts attempts per name in a sliding window. Only failures of strangers are limited tightly; who may stop may stop
 * often. Bounded: the oldest names are forgotten first.
 */
export class Attempts {
  private readonly times = new Map<string, number[]>();

  constructor(private readonly most: number, private readonly windowMs: number, private readonly names = 10_000) {}

  /** True when one more is allowed; it is counted at once. */
  take(name: string, now: number): boolean {
    const recent = (this.times.get(name) ?? []).filter((at) => at > now - this.windowMs);
    this.times.delete(name);
    this.times.set(name, recent);
    if (this.times.size > this.names) {
      for (const oldest of this.times.keys()) {
        this.times.delete(oldest);
        break;
      }
    }
    if (recent.length >= this.most) return false;
    recent.push(now);
    return true;
  }
}
