import type { DispatchId, FailureReason } from '#libs/contracts';
import {
  ENTER_LEAD_MS, ENTER_STEP_MS, further, isSpoken, LATE_START_MS, NEVER_BEFORE, ownPosition, ownTime, reasonWithout, spokenAt, startOf, type Before, type Item, type Piece, type Position,
} from './arbiter-item';
import { compareIssue, compareRank } from './arbiter-rank';

/** An item between its start and its end. */
interface Standing {
  readonly item: Item;
  /** What of it sounds next. */
  readonly next: Position;
  /** When that may begin at the earliest; Infinity when nothing may any more. */
  readonly dueAt: number;
  /** Whether its repetition was cut off and waits for its rest. */
  readonly isCut: boolean;
  readonly begun: number;
  readonly ended: number;
  readonly interrupted: boolean;
  readonly soundedMs: number;
  /** End of its last turn; -Infinity before the first. */
  readonly turnAt: number;
  /** What sounded of it, the running piece included. */
  readonly pieces: readonly Piece[];
}

/** Who wants the loudspeaker and who has it. Everything before `at` is decided, `at` itself is not. */
export interface Arbiter {
  readonly at: number;
  /** By dispatch id. */
  readonly standings: readonly Standing[];
  readonly sounding: Piece | null;
}

/** What happened while time went on, in order. Times are district Unix ms. */
export type Change =
  | { readonly kind: 'begins'; readonly at: number; readonly piece: Piece }
  /** The running piece ended: its repetition is through, or it was cut off and goes on at `next` if it is not closed. */
  | { readonly kind: 'ends'; readonly at: number; readonly piece: Piece; readonly how: 'whole' | 'cut'; readonly next: Position }
  /** Nothing more of it is heard; `reason` null when it was heard as far as its window goes. */
  | { readonly kind: 'closed'; readonly at: number; readonly dispatchId: DispatchId; readonly reason: FailureReason | null };

export interface Advanced {
  readonly arbiter: Arbiter;
  readonly changes: readonly Change[];
}

export function emptyArbiter(at: number): Arbiter {
  return { at, standings: [], sounding: null };
}

/**
 * An item comes at the arbiter's time. In time or at most `LATE_START_MS` late it begins by its own timetable; later it
 * enters the running repetition at its place while that has no words yet (ADR 0012), or joins at the next boundary; after the last one it plays once alone if it was never heard here; a repetition that a
 * crash interrupted is never repeated, one that waited for the loudspeaker goes on (design 4 "Admit", 5 "Media"). A
 * living voice is entered anywhere, at what is said then.
 */
export function add(arbiter: Arbiter, item: Item, before: Before = NEVER_BEFORE): Arbiter {
  const { begun, ended } = before;
  const standing: Standing = {
    item, ...entry(item, arbiter.at, before), begun, ended, interrupted: begun > ended && before.position === null,
    soundedMs: soundedBefore(item, before), turnAt: -Infinity, pieces: [],
  };
  return { ...arbiter, standings: [...without(arbiter, item.claim.dispatchId), standing].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1)) };
}

/** Ends an item at the arbiter's time: stopped, replaced, or its sound could not be made. Says nothing about it. */
export function remove(arbiter: Arbiter, dispatchId: DispatchId): Arbiter {
  return { ...arbiter, standings: without(arbiter, dispatchId), sounding: arbiter.sounding?.dispatchId === dispatchId ? null : arbiter.sounding };
}

/** The running piece really began at the arbiter's time `at`, later than decided: what is left of it ends later by as much; of a living voice so much is lost. */
export function beginsLate(arbiter: Arbiter, at: number): Arbiter {
  const { sounding } = arbiter;
  if (sounding === null) return arbiter;
  const lateMs = at - sounding.at;
  const isLive = arbiter.standings.some((one) => idOf(one) === sounding.dispatchId && one.item.live === true);
  const piece = isLive ? { ...sounding, at, fromMs: sounding.fromMs + lateMs } : { ...sounding, at, endsAt: sounding.endsAt + lateMs };
  const standings = arbiter.standings.map((one) => (idOf(one) === piece.dispatchId ? { ...one, pieces: [...one.pieces.slice(0, -1), piece] } : one));
  return { ...arbiter, standings, sounding: piece };
}

/**
 * The clock had run ahead and was set back to `at`: what sounds and what has sounded moves with it, everything else
 * waits for its time anew. What was closed meanwhile stays closed.
 */
export function setBack(arbiter: Arbiter, at: number): Arbiter {
  const { sounding } = arbiter;
  const byMs = arbiter.at - at;
  const standings = arbiter.standings.map((one): Standing => {
    const moved = { ...one, turnAt: one.turnAt - byMs, pieces: one.pieces.map((piece) => earlierBy(piece, byMs)) };
    if (idOf(one) === sounding?.dispatchId) return moved;
    return { ...moved, ...entry(one.item, at, { begun: one.begun, ended: one.ended, position: one.isCut ? one.next : null }) };
  });
  return { at, standings, sounding: sounding === null ? null : earlierBy(sounding, byMs) };
}

export function earlierBy(piece: Piece, byMs: number): Piece {
  return { ...piece, at: piece.at - byMs, endsAt: piece.endsAt - byMs };
}

/**
 * Lets time go on: decides everything before `until` (design 5 "Arbiter").
 *
 * Only the highest rank under way may begin anything: its own time has come and it is not through, gaps included. It
 * cuts a lower one off at once. Among equals nobody cuts; when the running repetition ends, the next turn is of the
 * one whose repetition was cut off before, then of whom waits longest since the last turn, then by (issuedAt,
 * dispatchId). Equal histories give equal answers, in whatever order simultaneous items came.
 */
export function advance(arbiter: Arbiter, until: number): Advanced {
  const changes: Change[] = [];
  let now = arbiter;
  while (now.at < until) {
    now = decide(now, changes);
    now = { ...now, at: Math.min(until, nextMoment(now)) };
  }
  return { arbiter: now, changes };
}

/** Where an item stood at `at`, now or lately: what a resumption goes on from. */
export function positionAt(arbiter: Arbiter, dispatchId: DispatchId, at: number): Position | undefined {
  const standing = arbiter.standings.find((other) => idOf(other) === dispatchId);
  if (standing === undefined) return undefined;
  const piece = standing.pieces.findLast((other) => other.at <= at);
  return piece === undefined ? ownPosition(standing.item, at) : further(standing.item, piece, Math.min(at, piece.endsAt) - piece.at);
}

function entry(item: Item, at: number, { begun, ended, position }: Before): Pick<Standing, 'next' | 'dueAt' | 'isCut'> {
  if (item.live === true) return { next: item.from, dueAt: isSpoken(item, at) ? Infinity : Math.max(at, item.startAt), isCut: false };
  if (position !== null) return { next: position, dueAt: Math.max(at, item.startAt), isCut: position.fromMs > startOf(item, position.repetition).fromMs };
  for (let repetition = Math.max(begun + 1, item.from.repetition); repetition <= item.repeats; repetition += 1) {
    const dueAt = ownTime(item, repetition);
    if (dueAt >= at - LATE_START_MS) return { next: startOf(item, repetition), dueAt, isCut: false };
    const enteredMs = Math.ceil((at + ENTER_LEAD_MS - dueAt) / ENTER_STEP_MS) * ENTER_STEP_MS;
    if (enteredMs < item.openingMs && startOf(item, repetition).fromMs === 0) return { next: { repetition, fromMs: enteredMs }, dueAt: dueAt + enteredMs, isCut: false };
  }
  const alone = begun < item.repeats && ended === 0;
  return { next: startOf(item, item.repeats), dueAt: alone ? at : Infinity, isCut: false };
}

/** At most what it can have sounded in an earlier life. */
function soundedBefore({ from, bodyMs, live }: Item, { begun, position }: Before): number {
  if (live === true) return 0;
  const { repetition, fromMs } = position ?? { repetition: begun + 1, fromMs: 0 };
  return Math.max(0, (repetition - from.repetition) * bodyMs + fromMs - from.fromMs);
}

/** Everything that happens at this very moment. */
function decide(arbiter: Arbiter, changes: Change[]): Arbiter {
  const { at, sounding } = arbiter;
  const free = sounding !== null && sounding.endsAt <= at ? finish(arbiter, sounding, changes) : arbiter;
  const open = closeHopeless(free, changes);
  const chosen = nextTurn(open);
  return chosen === undefined ? open : closeHopeless(begin(open, chosen, changes), changes);
}

function finish(arbiter: Arbiter, piece: Piece, changes: Change[]): Arbiter {
  const { at } = arbiter;
  return withEnd(arbiter, piece, changes, (standing, next) => {
    if (next.repetition === piece.repetition) return 'INTERRUPTED';
    if (piece.repetition >= standing.item.repeats) return null;
    const own = ownTime(standing.item, next.repetition);
    // Turns and pre-emption shift what follows; a short delay is made up for in the gap.
    return { ...standing, isCut: false, ended: piece.repetition, dueAt: own >= at ? own : at + standing.item.gapMs };
  });
}

/** Somebody of higher rank begins now. */
function cut(arbiter: Arbiter, piece: Piece, changes: Change[]): Arbiter {
  return withEnd(arbiter, piece, changes, (standing) => (standing.item.whenPreempted === 'drop' ? 'PREEMPTED' : { ...standing, isCut: true, dueAt: arbiter.at }));
}

/** Ends the running piece now; `after` says what becomes of its item, or why it is closed. */
function withEnd(
  arbiter: Arbiter, running: Piece, changes: Change[], after: (standing: Standing, next: Position) => Standing | FailureReason | null,
): Arbiter {
  const { at, standings } = arbiter;
  const piece = { ...running, endsAt: Math.min(running.endsAt, at) };
  const kept = standings.flatMap((standing): readonly Standing[] => {
    if (idOf(standing) !== piece.dispatchId) return [standing];
    const soundedMs = piece.endsAt - piece.at;
    const next = further(standing.item, piece, soundedMs);
    changes.push({ kind: 'ends', at: piece.endsAt, piece, how: next.repetition > piece.repetition ? 'whole' : 'cut', next });
    const ended = { ...standing, next, soundedMs: standing.soundedMs + soundedMs, turnAt: piece.endsAt, pieces: [...standing.pieces.slice(0, -1), piece] };
    const outcome = after(ended, next);
    if (outcome !== null && typeof outcome === 'object') return [outcome];
    changes.push({ kind: 'closed', at: piece.endsAt, dispatchId: piece.dispatchId, reason: outcome });
    return [];
  });
  return { ...arbiter, standings: kept, sounding: null };
}

/** Closes those of which nothing may begin any more. */
function closeHopeless(arbiter: Arbiter, changes: Change[]): Arbiter {
  const { at, sounding } = arbiter;
  const standings = arbiter.standings.filter((standing) => {
    const { item, dueAt, soundedMs } = standing;
    const worn = soundedMs >= item.maxSoundMs;
    if (idOf(standing) === sounding?.dispatchId || (!worn && Math.max(at, dueAt) < item.notAfter && !isSpoken(item, at))) return true;
    changes.push({ kind: 'closed', at, dispatchId: idOf(standing), reason: worn ? 'INTERRUPTED' : reasonWithout(item, standing) });
    return false;
  });
  return standings.length === arbiter.standings.length ? arbiter : { ...arbiter, standings };
}

/** Who begins at this moment, if anybody. */
function nextTurn({ at, standings, sounding }: Arbiter): Standing | undefined {
  const underWay = standings.filter(({ item }) => item.startAt <= at);
  const highest = underWay.filter((one) => underWay.every((other) => compareRank(one.item.claim, other.item.claim) >= 0));
  if (highest.some((one) => idOf(one) === sounding?.dispatchId)) return undefined;
  return highest.filter(({ dueAt }) => dueAt <= at).sort(compareTurn)[0];
}

function compareTurn(a: Standing, b: Standing): number {
  return Number(b.isCut) - Number(a.isCut) || compareNumber(a.turnAt, b.turnAt) || compareIssue(a.item.claim, b.item.claim);
}

/** -Infinity equals itself. */
function compareNumber(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function begin(arbiter: Arbiter, chosen: Standing, changes: Change[]): Arbiter {
  const { at, sounding } = arbiter;
  const { item } = chosen;
  const next = item.live === true ? ownPosition(item, at) : chosen.next;
  // What was said of a living voice is gone, heard or not.
  const soundedMs = item.live === true ? next.fromMs - item.from.fromMs : chosen.soundedMs;
  const freed = sounding === null ? arbiter : cut(arbiter, sounding, changes);
  const piece: Piece = { dispatchId: idOf(chosen), ...next, at, endsAt: at + Math.min(item.bodyMs - next.fromMs, item.maxSoundMs - soundedMs) };
  changes.push({ kind: 'begins', at, piece });
  const begun = { ...chosen, soundedMs, begun: Math.max(chosen.begun, next.repetition), pieces: [...chosen.pieces, piece] };
  return { ...freed, standings: freed.standings.map((other) => (other === chosen ? begun : other)), sounding: piece };
}

/** The next time after `at` at which something can happen. */
function nextMoment({ at, standings, sounding }: Arbiter): number {
  const times = standings.flatMap(({ item, dueAt }) => [dueAt, item.notAfter, spokenAt(item)]);
  return Math.min(...[...times, sounding?.endsAt ?? Infinity].filter((time) => time > at));
}

function without(arbiter: Arbiter, dispatchId: DispatchId): readonly Standing[] {
  return arbiter.standings.filter((other) => idOf(other) !== dispatchId);
}

function idOf({ item }: Standing): DispatchId {
  return item.claim.dispatchId;
}
