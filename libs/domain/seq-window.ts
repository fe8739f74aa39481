import { LIMITS } from '#libs/contracts';

/**
 * Which sequence numbers of one dispatcher key were used (facts 4b.5): the highest, and one bit for each of the 1,024
 * up to it, so that an emergency may overtake a routine item and yet nothing counts twice. Plain JSON, immutable.
 * `seen` is 256 hex digits; the bit of number n is bit n mod 4 of digit (n mod 1024) div 4.
 */
export interface SeqWindow {
  readonly highest: number;
  readonly seen: string;
}

const SIZE = LIMITS.seqWindow;
const BITS_PER_DIGIT = 4;

export const EMPTY_SEQ_WINDOW: SeqWindow = { highest: 0, seen: '0'.repeat(SIZE / BITS_PER_DIGIT) };

export type SeqVerdict = 'accept' | 'replay' | 'old' | 'jump';

/** A number already used is a replay, one below the window (or below 1) too old to tell, one more than a million ahead a fast-forward. */
export function judgeSeq(window: SeqWindow, seq: number): SeqVerdict {
  if (seq > window.highest) return seq - window.highest > LIMITS.seqJump ? 'jump' : 'accept';
  if (seq < 1 || seq <= window.highest - SIZE) return 'old';
  return isSeen(window.seen, seq) ? 'replay' : 'accept';
}

/** The window with this number used; throws for one that `judgeSeq` does not accept, so that nobody records unasked. */
export function withSeq(window: SeqWindow, seq: number): SeqWindow {
  const verdict = judgeSeq(window, seq);
  if (verdict !== 'accept') throw new RangeError(`sequence ${seq} cannot be recorded: ${verdict}`);
  if (seq <= window.highest) return { highest: window.highest, seen: marked(window.seen, seq, true) };
  let seen = seq - window.highest >= SIZE ? EMPTY_SEQ_WINDOW.seen : window.seen;
  // The places between belong to numbers that are now out of the window or not yet used.
  for (let between = Math.max(window.highest + 1, seq - SIZE + 1); between < seq; between += 1) seen = marked(seen, between, false);
  return { highest: seq, seen: marked(seen, seq, true) };
}

const NUMBERED_FROM = Date.UTC(2026, 0, 1);
/** 1,024 of them are ten days, longer than any order's window: what one day raises never makes an order still in force `old`. */
const NUMBER_EVERY_MS = 900_000;

/**
 * The least number that a dispatch placed at this time takes: one for each quarter of an hour since 2026. Terminals keep
 * the window by dispatcher key, whatever becomes of the database that counted; a platform that speaks less often than
 * that on average (96 times a day) goes on above all it ever used, from an empty or an older database too. It ends at
 * half the jump, in 2040 and whatever a wrong clock says, so that a terminal which begins at 0 takes it.
 */
export function leastSeq(now: number): number {
  return Math.min(Math.max(Math.floor((now - NUMBERED_FROM) / NUMBER_EVERY_MS), 1), LIMITS.seqJump / 2);
}

/** Whether a value read back from disk is a window: exact size, digits, a highest that is itself used. */
export function isSeqWindow(value: unknown): value is SeqWindow {
  if (typeof value !== 'object' || value === null || !('highest' in value) || !('seen' in value)) return false;
  const { highest, seen } = value;
  if (typeof highest !== 'number' || !Number.isSafeInteger(highest) || highest < 0) return false;
  return typeof seen === 'string' && seen.length === SIZE / BITS_PER_DIGIT && /^[0-9a-f]*$/.test(seen) && (highest === 0 || isSeen(seen, highest));
}

function isSeen(seen: string, seq: number): boolean {
  return (digitAt(seen, seq) & bitOf(seq)) !== 0;
}

function marked(seen: string, seq: number, used: boolean): string {
  const digit = used ? digitAt(seen, seq) | bitOf(seq) : digitAt(seen, seq) & ~bitOf(seq);
  const at = placeOf(seq);
  return seen.slice(0, at) + digit.toString(16) + seen.slice(at + 1);
}

function digitAt(seen: string, seq: number): number {
  return parseInt(seen.charAt(placeOf(seq)), 16);
}

function placeOf(seq: number): number {
  return Math.floor((seq % SIZE) / BITS_PER_DIGIT);
}

function bitOf(seq: number): number {
  return 1 << (seq % BITS_PER_DIGIT);
}
