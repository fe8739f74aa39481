import { seededRandom } from '../seeded-random';
import { between, exponential, type DirectionProfile } from './profiles';

/** Nothing arrives from `fromMs` until before `untilMs`. */
export interface Stall {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** One direction of a path: when what is sent arrives. Times are ms on one clock that starts with the path at 0. */
export interface Direction {
  /** Sent in the order of the calls, and arrives in it. */
  arrivesAt(sentAtMs: number): number;
  /** Cuts the direction: what would arrive meanwhile, also of what was sent before, arrives when the cut ends. */
  cut(fromMs: number, forMs: number): void;
  /** When what would arrive then does arrive, by cuts and stalls alone. */
  heldUntil(atMs: number): number;
}

/**
 * The same seed gives the same delays: the n-th chunk's jitter and the stalls come from two generators, so that
 * stalls do not depend on how much is sent.
 */
export function createDirection({ baseMs, jitterMeanMs, stalls }: DirectionProfile, seed: number): Direction {
  const [jitter, losses] = [seededRandom(seed), seededRandom(seed ^ 0x51a115)];
  const drawn: Stall[] = [];
  const cuts: Stall[] = [];
  let drawnUntil = stalls === null ? Infinity : 0;
  let last = -Infinity;

  const drawUntil = (atMs: number): void => {
    while (stalls !== null && drawnUntil <= atMs) {
      const fromMs = drawnUntil + exponential(stalls.everyMs, losses);
      const untilMs = fromMs + between(stalls.fromMs, stalls.toMs, losses);
      drawn.push({ fromMs, untilMs });
      drawnUntil = untilMs;
    }
  };

  const heldUntil = (atMs: number): number => {
    let at = atMs;
    for (;;) {
      drawUntil(at);
      const stall = [...drawn, ...cuts].find(({ fromMs, untilMs }) => at >= fromMs && at < untilMs);
      if (stall === undefined) return at;
      at = stall.untilMs;
    }
  };

  return {
    arrivesAt: (sentAtMs) => {
      last = heldUntil(Math.max(last, sentAtMs + baseMs + exponential(jitterMeanMs, jitter)));
      return last;
    },
    cut: (fromMs, forMs) => void cuts.push({ fromMs, untilMs: fromMs + forMs }),
    heldUntil,
  };
}
