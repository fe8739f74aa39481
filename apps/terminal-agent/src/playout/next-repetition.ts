import { lastRepetition } from '#libs/domain';
import { dueAt, type PlacedOrder } from './placed-order';

/**
 * A repetition this little late still starts, as soon as it can: silence until the next boundary would be worse than a
 * short echo. Later than this a unit joins at the next boundary.
 */
export const LATE_START_MS = 400;

export type NextRepetition =
  /** Starts at `at`, district Unix ms. */
  | { readonly kind: 'due'; readonly repetition: number; readonly at: number }
  /** Every boundary has passed, the window is open and it was never heard here: once, alone, now. */
  | { readonly kind: 'alone'; readonly repetition: number; readonly at: number }
  | { readonly kind: 'none' };

/**
 * Which repetition a terminal starts next (design 5 "Media"; `joiningOf` of `libs/domain` with what happened here).
 * `begun` is the highest ever begun: it is never begun again, not even after a crash. `heard`: one of them sounded to
 * its end. No repetition begins at or after `notAfter`; one that runs is not ended by it.
 */
export function nextRepetition(order: PlacedOrder, begun: number, heard: boolean, now: number): NextRepetition {
  const { dispatch, message } = order;
  if (now >= dispatch.notAfter) return { kind: 'none' };
  const last = lastRepetition(message, dispatch);
  for (let repetition = begun + 1; repetition <= last; repetition += 1) {
    const at = dueAt(order, repetition);
    if (at >= now - LATE_START_MS) return { kind: 'due', repetition, at };
  }
  return begun < last && !heard ? { kind: 'alone', repetition: dispatch.repeats, at: now } : { kind: 'none' };
}
