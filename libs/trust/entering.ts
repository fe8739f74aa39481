import type { DayBand } from '#libs/contracts';
import { joiningOf, linkAge, maySound, outOfQuietHours, resumingOf, type Tombstone } from '#libs/domain';
import type { AdmitFacts, Entering, JournalEntry } from './admit-facts';
import type { VerifiedOrder } from './judge-order';

/** How and when it begins here; undefined when its time is over. */
export function enteringOf({ dispatch, message: { message } }: VerifiedOrder, entry: JournalEntry | undefined, stop: Tombstone | undefined, now: number): Entering | undefined {
  if (dispatch.resumes === null) {
    const joining = joiningOf(message, dispatch, now);
    return joining.kind === 'expired' ? undefined : { how: joining.kind, joinRepetition: joining.repetition, startAt: joining.startAt, fromMs: 0, resumes: null, postponed: null };
  }
  const resuming = stop === undefined ? null : resumingOf(message, entry?.startAt ?? 0, stop.issuedAt, dispatch, now);
  if (stop === undefined || resuming === null) return undefined;
  const { repetition, startAt, fromMs, timetableStartAt } = resuming;
  return { how: 'join', joinRepetition: repetition, startAt, fromMs, resumes: { stopId: dispatch.resumes, stopIssuedAt: stop.issuedAt, timetableStartAt }, postponed: null };
}

/**
 * Out of quiet hours: a timetable that begins in them is moved to their end, alike for neighbours; who comes so late that
 * his repetition falls into them begins it at their end. Undefined where the window has no room then, and where by then
 * the news held now would be too old: a stop could have been missed. What goes on after a stop does not wait: half a
 * sentence in the morning helps nobody.
 */
export function postpone({ beaconAt }: Pick<AdmitFacts, 'beaconAt'>, { dispatch, message: { message } }: VerifiedOrder, due: Entering, bands: readonly DayBand[], now: number): Entering | undefined {
  const out = (at: number): number | null => outOfQuietHours(message.class, bands, at, dispatch.notAfter);
  if (dispatch.resumes !== null) return out(due.startAt) === due.startAt ? due : undefined;
  const startAt = out(dispatch.startAt);
  const joining = startAt === null ? undefined : joiningOf(message, { ...dispatch, startAt }, now);
  if (startAt === null || joining === undefined || joining.kind === 'expired') return undefined;
  const begins = out(joining.startAt);
  if (begins === null) return undefined;
  const moved = startAt === dispatch.startAt ? null : { repetition: 1, startAt };
  const postponed = begins === joining.startAt ? moved : { repetition: joining.repetition, startAt: begins };
  if (postponed !== null && !maySound(linkAge(begins, beaconAt), message.class)) return undefined;
  return { ...due, how: joining.kind, joinRepetition: joining.repetition, startAt: begins, postponed };
}
