/** How many frames a source may send: `perSecond` for long, `burst` at once, as after a broken connection. */
export class FrameBudget {
  private left: number;
  private at: number;

  constructor(private readonly monotonicMs: () => number, private readonly perSecond: number, private readonly burst: number) {
    this.left = burst;
    this.at = monotonicMs();
  }

  /** Takes one; false when there is none left. */
  take(): boolean {
    const now = this.monotonicMs();
    this.left = Math.min(this.burst, this.left + ((now - this.at) / 1_000) * this.perSecond);
    this.at = now;
    if (this.left < 1) return false;
    this.left -= 1;
    return true;
  }
}
