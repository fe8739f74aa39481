import { LIMITS } from '#libs/contracts';

/** Of one person: six hundred terminals keep each of them for ten days, and are told of all of them at every hello. */
const MOST = 256;

/** Stops of single messages in force, by who gave them, as far as this process remembers. Those of everything are not counted. */
export class SingleStops {
  private readonly ends = new Map<string, readonly number[]>();

  constructor(private readonly most = MOST) {}

  /** True when `count` more are allowed; they are counted at once. `now` in Unix ms. */
  take(name: string, count: number, now: number): boolean {
    const inForce = (this.ends.get(name) ?? []).filter((end) => end > now);
    const isAllowed = inForce.length + count <= this.most;
    this.ends.set(name, isAllowed ? [...inForce, ...Array.from({ length: count }, () => now + LIMITS.stopKeepMs)] : inForce);
    return isAllowed;
  }
}
