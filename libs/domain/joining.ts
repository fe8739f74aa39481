import type { Message } from '#libs/contracts';
import { repetitionOffsetMs } from './classes';

/** The part of a dispatch that says when its repetitions begin. */
export interface Timetable {
  readonly startAt: number;
  readonly notAfter: number;
  readonly repeats: number;
}

/**
 * How a terminal enters: with the others at a repetition's own time (`join`; repetitions count from 1), by itself once
 * (`alone`, heard as the last repetition), or not any more.
 */
export type Joining =
  | { readonly kind: 'join'; readonly repetition: number; readonly startAt: number }
  | { readonly kind: 'alone'; readonly repetition: number; readonly startAt: number }
  | { readonly kind: 'expired' };

/**
 * The entry that admit reports; the arbiter, which knows the sound, also lets it into a running opening (ADR 0012).
 *
 * Design 5: a terminal back before the last repetition joins at the next repetition boundary; later but inside the
 * window plays once alone, at once; after it, never. No repetition begins at or after `notAfter`. `after` is the last
 * repetition already begun here (0 for none): an interrupted one is never repeated.
 */
export function joiningOf(message: Pick<Message, 'body' | 'gapMs' | 'repeats'>, timetable: Timetable, now: number, after = 0): Joining {
  const { startAt, notAfter, repeats } = timetable;
  if (now >= notAfter) return { kind: 'expired' };
  for (let repetition = after + 1; repetition <= repeats; repetition += 1) {
    const at = startAt + repetitionOffsetMs(message, repetition);
    if (at >= now && at < notAfter) return { kind: 'join', repetition, startAt: at };
  }
  return after < repeats ? { kind: 'alone', repetition: repeats, startAt: now } : { kind: 'expired' };
}
