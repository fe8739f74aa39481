import type { Chance } from '../clock';

/** The first try after a lost connection comes within this, so that a storm of 600 spreads over it (facts/audio C5). */
const FIRST_MS = 250;
/** A gateway that starts again is back within seconds, and an emergency may be waiting there: no long pauses yet. */
const SOON_MS = 2_000;
const SOON_ATTEMPTS = 8;
const LONGEST_MS = 8_000;

/** Full jitter: attempt 0 waits 0 to 250 ms, each further one up to twice as long, up to 2 s; after the eighth up to 8 s. */
export function reconnectDelayMs(attempt: number, chance: Chance): number {
  return chance.fraction() * (attempt < SOON_ATTEMPTS ? Math.min(SOON_MS, FIRST_MS * 2 ** attempt) : LONGEST_MS);
}
