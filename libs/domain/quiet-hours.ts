import type { DayBand, MessageClass } from '#libs/contracts';
import { CLASSES, repetitionOffsetMs } from './classes';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;
/** China Standard Time: UTC+8 all year. */
const CST_OFFSET_MINUTES = 480;

/** Minutes after midnight in China Standard Time at a Unix time in ms. */
export function minuteOfDay(at: number): number {
  const minutes = (Math.floor(at / MINUTE_MS) + CST_OFFSET_MINUTES) % DAY_MINUTES;
  return (minutes + DAY_MINUTES) % DAY_MINUTES;
}

/** Whether a band holds this time; one with `fromMinute` after `toMinute` goes over midnight, one with both equal holds nothing. */
export function inDayBand({ fromMinute, toMinute }: DayBand, at: number): boolean {
  const minute = minuteOfDay(at);
  return fromMinute <= toMinute ? fromMinute <= minute && minute < toMinute : minute >= fromMinute || minute < toMinute;
}

/** Whether any of these bands holds this time: the bands of several rosters together are their union (design 5). */
export function inQuietHours(bands: readonly DayBand[], at: number): boolean {
  return bands.some((band) => inDayBand(band, at));
}

/** When it is no longer quiet: `at` itself outside quiet hours, null where the bands leave no minute of the day. Unix ms. */
export function quietHoursEnd(bands: readonly DayBand[], at: number): number | null {
  if (!inQuietHours(bands, at)) return at;
  const thisMinute = Math.floor(at / MINUTE_MS);
  for (let later = 1; later < DAY_MINUTES; later += 1) {
    const then = (thisMinute + later) * MINUTE_MS;
    if (!inQuietHours(bands, then)) return then;
  }
  return null;
}

/**
 * When something of this class that is due at `at` may begin: then, or where that is in quiet hours at their end; null
 * where that is not before the end of its window. Unix ms.
 */
export function outOfQuietHours(messageClass: MessageClass, bands: readonly DayBand[], at: number, notAfter: number): number | null {
  if (!quietFor(messageClass, bands, at)) return at;
  const end = quietHoursEnd(bands, at);
  return end !== null && end < notAfter ? end : null;
}

/** Whether a message of this class may not begin now; `bands` are those of every roster of the terminal's lineage. */
export function quietFor(messageClass: MessageClass, bands: readonly DayBand[], at: number): boolean {
  return CLASSES[messageClass].quietHours && inQuietHours(bands, at);
}

/**
 * When the first repetition is due that quiet hours leave out of a message that begins at `begins`; undefined where they
 * leave out none. Turns and pre-emption may move it: a prediction. Unix ms.
 */
export function quietFrom(message: Parameters<typeof repetitionOffsetMs>[0] & { readonly class: MessageClass }, bands: readonly DayBand[], begins: number): number | undefined {
  const due = Array.from({ length: message.repeats }, (_, index) => begins + repetitionOffsetMs(message, index + 1));
  return due.find((at) => quietFor(message.class, bands, at));
}
