import type { Message } from '#libs/contracts';
import { partsOf } from './body';
import { bodyDurationMs } from './classes';
import { joiningOf, type Timetable } from './joining';

/** Where a stopped item goes on. */
export interface Resuming {
  readonly repetition: number;
  /** Where in that repetition it begins, ms. */
  readonly fromMs: number;
  /** When, Unix ms. */
  readonly startAt: number;
  /** When its first repetition would have begun for this to be its time: the old timetable, moved. */
  readonly timetableStartAt: number;
}

/**
 * Where an item goes on after a wrongful stop: where its timetable stood when the stop was given, so that neighbours go
 * on alike and nothing before is repeated; what comes late joins the moved timetable at its next repetition. A stop in
 * a gap goes on with the next repetition. Null when nothing is left to say before `notAfter`. `stoppedStartAt` is the
 * `startAt` under which it sounded, `again` the new dispatch's timetable.
 */
export function resumingOf(
  message: Pick<Message, 'body' | 'gapMs' | 'repeats'>, stoppedStartAt: number, stopIssuedAt: number, again: Timetable, now: number,
): Resuming | null {
  const bodyMs = bodyDurationMs(partsOf(message.body));
  const periodMs = bodyMs + message.gapMs;
  const elapsedMs = Math.max(0, stopIssuedAt - stoppedStartAt);
  const index = Math.floor(elapsedMs / periodMs);
  const withinMs = elapsedMs - index * periodMs;
  const inGap = withinMs >= bodyMs;
  const repetition = index + (inGap ? 2 : 1);
  const fromMs = inGap ? 0 : withinMs;
  if (repetition > again.repeats || again.startAt >= again.notAfter) return null;
  const timetableStartAt = again.startAt - (repetition - 1) * periodMs - fromMs;
  if (now <= again.startAt) return { repetition, fromMs, startAt: again.startAt, timetableStartAt };
  const joining = joiningOf(message, { ...again, startAt: timetableStartAt }, now, repetition);
  return joining.kind === 'join' ? { repetition: joining.repetition, fromMs: 0, startAt: joining.startAt, timetableStartAt } : null;
}
