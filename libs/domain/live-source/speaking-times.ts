import type { LiveBody } from '#libs/contracts';

/** So long before the end the speaker is warned, ms (facts/ux W4). */
export const SPEAKING_WARNING_MS = 30_000;

/** When a voice may be captured so that it is heard whole, district Unix ms. */
export interface SpeakingTimes {
  /** What is captured sooner falls under the chime. */
  readonly from: number;
  /** The last sample before this is the last that any loudspeaker takes. */
  readonly until: number;
}

/** Under a grant that is dispatched to begin at `startAt`: after the chime, for its longest, each `delayMs` before it is heard. */
export function speakingTimes({ chime, delayMs, maxDurationMs }: LiveBody, startAt: number): SpeakingTimes {
  const from = startAt + (chime?.durationMs ?? 0) - delayMs;
  return { from, until: from + maxDurationMs };
}

export type SpeakingTime = { readonly kind: 'early' | 'speak' | 'warned'; readonly leftMs: number } | { readonly kind: 'over' };

/** Where in them `now` lies, and how much is left from now, or from the beginning, to the end. */
export function speakingTimeAt({ from, until }: SpeakingTimes, now: number): SpeakingTime {
  if (now >= until) return { kind: 'over' };
  const leftMs = until - Math.max(now, from);
  if (now < from) return { kind: 'early', leftMs };
  return { kind: leftMs <= SPEAKING_WARNING_MS ? 'warned' : 'speak', leftMs };
}
