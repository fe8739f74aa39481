import { LIMITS, type Permit } from '#libs/contracts';
import { soundingMs } from '#libs/domain';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const CST_MS = 8 * 3_600_000;
/** Between the press and the first sound, at most: what begins late must still end inside the day's band. */
const ROOM_MS = 60_000;

/** How long a voice may last under a permit now, with the opening inside it: whole seconds, 0 when the day's band is over. */
export function longestUnder({ maxDurationMs, dayBand, notAfter }: Pick<Permit, 'maxDurationMs' | 'dayBand' | 'notAfter'>, chimeMs: number, now: number): number {
  const leftToday = dayBand.toMinute * MINUTE_MS - ((now + CST_MS) % DAY_MS);
  const openingMs = soundingMs({ bodyMs: chimeMs, repeats: 1, gapMs: 0 });
  const longest = Math.min(LIMITS.liveMs, maxDurationMs - openingMs, Math.min(leftToday, notAfter - now) - openingMs - ROOM_MS);
  return longest < 1_000 ? 0 : Math.floor(longest / 1_000) * 1_000;
}
