import { LIMITS } from '#libs/contracts';

/** Token bucket over frames of every kind, control frames included: one second's worth, refilled evenly. */
export class FrameBudget {
  private tokens: number;
  private at: number;

  constructor(private readonly monotonicMs: () => number, private readonly perSecond: number = LIMITS.deviceFramesPerSecond) {
    this.tokens = perSecond;
    this.at = monotonicMs();
  }

  /** Takes one frame; false when the peer sent more than it may. */
  take(): boolean {
    const now = this.monotonicMs();
    this.tokens = Math.min(this.perSecond, this.tokens + ((now - this.at) * this.perSecond) / 1_000);
    this.at = now;
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }
}
