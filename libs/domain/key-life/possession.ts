const DAY_MS = 86_400_000;

/** Once a month everybody shows that the key is still there. */
export const POSSESSION_DUE_MS = 30 * DAY_MS;
/** Five days later a key is not counted on any more; it goes on signing all the same. */
export const POSSESSION_STALE_MS = 35 * DAY_MS;

/** How sure we are that a key's holder still has it, by when it was last shown (Unix ms). */
export function possessionState(shownAt: number, now: number): 'shown' | 'due' | 'stale' {
  const age = now - shownAt;
  return age >= POSSESSION_STALE_MS ? 'stale' : age >= POSSESSION_DUE_MS ? 'due' : 'shown';
}
