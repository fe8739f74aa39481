import type { DispatchId, FailureReason, Message } from '#libs/contracts';
import type { Claim } from './arbiter-rank';

/** A place inside a dispatch: so many ms into a repetition, which count from 1. */
export interface Position {
  readonly repetition: number;
  readonly fromMs: number;
}

/** Where a dispatch begins that resumes nothing. */
export const FROM_THE_START: Position = { repetition: 1, fromMs: 0 };

/** One dispatch as the arbiter sees it. Times are district Unix ms. */
export interface Item {
  readonly claim: Claim;
  /** When `from` sounds. */
  readonly startAt: number;
  /** No repetition, and no rest of one, begins at or after it. */
  readonly notAfter: number;
  readonly repeats: number;
  readonly bodyMs: number;
  readonly gapMs: number;
  /** How long each repetition has no words yet (siren, chime): so far a latecomer may still enter it, at its place. */
  readonly openingMs: number;
  /** Longest that it may sound in all, silence not counted. */
  readonly maxSoundMs: number;
  readonly whenPreempted: Message['whenPreempted'];
  /** A living voice: it sounds at its time or not at all, so whoever begins or goes on hears what its own timetable says then. One repetition, and none of it alone. */
  readonly live?: boolean;
  /** `FROM_THE_START`, or where a stopped message goes on. */
  readonly from: Position;
}

/** A stretch of one repetition that sounds without a break from `at` to `endsAt`. */
export interface Piece extends Position {
  readonly dispatchId: DispatchId;
  readonly at: number;
  readonly endsAt: number;
}

/** What became of an item on this terminal before it came to the arbiter: after a restart. */
export interface Before {
  /** The highest repetition ever begun; what a crash interrupted is never repeated. */
  readonly begun: number;
  /** The last repetition that sounded to its end. */
  readonly ended: number;
  /** Where it goes on if it was waiting for the loudspeaker: pre-empted, or out of its own timetable. */
  readonly position: Position | null;
}

export const NEVER_BEFORE: Before = { begun: 0, ended: 0, position: null };

/**
 * A repetition this little late still starts, as soon as it can: silence until the next boundary would be worse than a
 * short echo. Later than this a terminal joins at the next boundary.
 */
export const LATE_START_MS = 400;

/** A latecomer enters a repetition that runs this long after it came: the card wants to be fed, and neighbours are to be in step. */
export const ENTER_LEAD_MS = 200;

/** Positions at which latecomers enter are multiples of this, one Opus packet. */
export const ENTER_STEP_MS = 20;

/** When a repetition begins by the item's own timetable, as long as nobody else has the loudspeaker. */
export function ownTime({ startAt, from, bodyMs, gapMs }: Item, repetition: number): number {
  return repetition === from.repetition ? startAt : startAt - from.fromMs + (repetition - from.repetition) * (bodyMs + gapMs);
}

/** The last repetition that its own timetable begins inside the window; 0 when none does. */
export function lastInWindow(item: Item): number {
  for (let repetition = item.repeats; repetition >= item.from.repetition; repetition -= 1) {
    if (ownTime(item, repetition) < item.notAfter) return repetition;
  }
  return 0;
}

/** Where the item's own timetable stands at `at`; a gap counts as the beginning of the next repetition. */
export function ownPosition(item: Item, at: number): Position {
  let position = item.from;
  for (let repetition = item.from.repetition; repetition <= item.repeats && ownTime(item, repetition) <= at; repetition += 1) {
    const { fromMs } = startOf(item, repetition);
    position = further(item, { repetition, fromMs }, at - ownTime(item, repetition));
  }
  return position;
}

/** Nothing of a living voice is left at `at`. */
export function isSpoken(item: Item, at: number): boolean {
  return item.live === true && ownPosition(item, at).repetition > item.repeats;
}

/** When the last sample of a living voice may sound; Infinity for everything else, which goes on later where it was cut off. */
export function spokenAt(item: Item): number {
  return item.live === true ? item.startAt + item.bodyMs - item.from.fromMs : Infinity;
}

/** Where a repetition begins: at its start, but for the first one of a resumption. */
export function startOf({ from }: Item, repetition: number): Position {
  return repetition === from.repetition ? from : { repetition, fromMs: 0 };
}

/** Differences of times in Unix ms are off by some 1/4096 ms: closer than this to its end a repetition is through. */
const WHOLE_WITHIN_MS = 0.5;

/** The position after so many ms of sound from there; a repetition that is through gives the start of the next. */
export function further({ bodyMs }: Item, { repetition, fromMs }: Position, soundedMs: number): Position {
  return fromMs + soundedMs > bodyMs - WHOLE_WITHIN_MS ? { repetition: repetition + 1, fromMs: 0 } : { repetition, fromMs: fromMs + soundedMs };
}

/** Why an item ends of which nothing may begin any more; null when all that its own timetable had room for was heard. */
export function reasonWithout(item: Item, { begun, ended, interrupted }: { readonly begun: number; readonly ended: number; readonly interrupted: boolean }): FailureReason | null {
  if (ended > 0 && ended >= lastInWindow(item)) return null;
  if (interrupted) return 'INTERRUPTED';
  return begun === 0 ? 'EXPIRED' : 'PREEMPTED';
}
