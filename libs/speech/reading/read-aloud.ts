import type { Lexicon } from '../lexicon';
import { CODE_RULES, LETTER_RULES } from './codes';
import { DATE_RULES } from './dates';
import { FAULT_SENTENCES } from './fault-sentences';
import { QUANTITY_RULES, SIGNED_RULES } from './quantities';
import { partsOf, type Piece, type SpokenPart } from './spoken-parts';
import { fold, PUNCTUATION, SYMBOL_RULES, UNREADABLE } from './symbols';
import { TIME_RULES } from './times';
import { toneMarks } from './tone-marks';
import type { Place, ReadingFaultCode, ReadToken, Token } from './token';

/** A token of the text and how it is said: `14:02` as 十四时零二分, 乐化 as `lè huà`, WiFi as `歪费 wāi fèi`. */
export interface Reading {
  readonly written: string;
  readonly read: string;
}
/** With its place: index of its first UTF-16 unit. */
export interface PlacedReading extends Reading {
  readonly at: number;
}
export interface ReadingFault {
  readonly at: number;
  readonly written: string;
  readonly code: ReadingFaultCode;
  readonly sentence: string;
}

export type ReadAloud =
  | { readonly ok: true; readonly spoken: readonly SpokenPart[]; readonly readings: readonly Reading[]; readonly places: readonly PlacedReading[] }
  | { readonly ok: false; readonly faults: readonly ReadingFault[]; readonly readings: readonly Reading[]; readonly places: readonly PlacedReading[] };

export interface ReadAloudOptions {
  readonly lexicon: Lexicon;
  /** More different readings than this are a fault: a message shows all of its readings. Default 64. */
  readonly maxReadings?: number;
}

const RULES = [...DATE_RULES, ...TIME_RULES, ...SIGNED_RULES, ...CODE_RULES, ...QUANTITY_RULES, ...SYMBOL_RULES, ...LETTER_RULES, ...UNREADABLE];
const HAN = /^[\p{Script=Han}〇]$/u;

/**
 * Turns a text into what is said, Hanzi and Chinese punctuation only. Each number, unit, sign and letter becomes words
 * and is listed; so is each word whose reading comes from the lexicon, and each character that could be read in another
 * way. What cannot be read for certain is a fault with
 * its place, all of them at once: nothing is guessed, nothing is left out.
 */
export function readAloud(text: string, { lexicon, maxReadings = 64 }: ReadAloudOptions): ReadAloud {
  const pieces: Piece[] = [];
  const places: PlacedReading[] = [];
  const faults: ReadingFault[] = [];
  const folded = fold(text);
  const fault = (at: number, length: number, code: ReadingFaultCode): void => {
    faults.push({ at, written: text.slice(at, at + length), code, sentence: FAULT_SENTENCES[code] });
  };
  let last: ReadToken['ends'];
  let lastUnit: string | undefined;
  let afterHan = false;
  for (let at = 0; at < text.length;) {
    const word = lexicon.at(folded, at);
    if (word !== undefined) {
      const read = word.read ?? word.written;
      if (runsOn(pieces, read)) fault(at, word.written.length, 'NUMBER_RUNS_ON');
      pieces.push({ at, written: word.written, read, syllables: word.pinyin.split(' ') });
      // A word with a reading of its own shows its characters too: some voices say them, others the syllables.
      places.push({ at, written: text.slice(at, at + word.written.length), read: [...(word.read === undefined ? [] : [word.read]), toneMarks(word.pinyin)].join(' ') });
      at += word.written.length;
      [last, afterHan] = [undefined, true];
      continue;
    }
    if (isNumberWord(pieces.at(-1)) && /\d/.test(folded.charAt(at)) && pieces.at(-1)?.written === folded.charAt(at - 1)) {
      // 周五8:30: not 五八时. Elsewhere 一百20 is one number written in two ways.
      if (/(?:周|星期|礼拜|初)[一二三四五六日]$/.test(folded.slice(0, at))) pieces.push({ at, written: '', read: '，' });
      else fault(at - 1, 2, 'NUMBER_UNCLEAR');
    }
    const token = firstToken({ text: folded, at, last, lastUnit, afterHan });
    if (token !== undefined) {
      if ('fault' in token) fault(at, token.length, token.fault);
      else take(token, at);
      [last, lastUnit] = 'fault' in token ? [undefined, undefined] : [token.ends, token.unit];
      afterHan = false;
      at += token.length;
      continue;
    }
    const letter = String.fromCodePoint(text.codePointAt(at) ?? 0);
    const mark = PUNCTUATION[folded.charAt(at)];
    if (letter.trim() === '' && needsPause(pieces.at(-1), folded, at)) pieces.push({ at, written: letter, read: '，' });
    else if (HAN.test(letter)) {
      if (runsOn(pieces, letter)) fault(at, letter.length, 'NUMBER_RUNS_ON');
      pieces.push({ at, written: letter, read: letter });
    }
    else if (mark !== undefined) pieces.push({ at, written: letter, read: mark });
    else fault(at, letter.length, 'CHARACTER_UNKNOWN');
    afterHan = HAN.test(letter);
    if (letter.trim() !== '' || letter === '\n') last = undefined;
    at += letter.length;
  }

  function take(token: ReadToken, at: number): void {
    const written = text.slice(at, at + token.length);
    if (runsOn(pieces, token.read)) fault(at, token.length, 'NUMBER_RUNS_ON');
    pieces.push({ at, written, read: token.read, flat: token.flat === true });
    const before = token.shownBefore === undefined ? '' : text.slice(at - token.shownBefore, at);
    places.push({ at: at - before.length, written: `${before}${written}`.trim(), read: `${before}${token.read.replace(/，$/, '')}` });
  }

  const { parts, unknown, doubts } = partsOf(pieces);
  for (const piece of unknown) fault(piece.at, piece.written.length, 'CHARACTER_UNKNOWN');
  // Doubts are shown as long as there is room: they refuse no text.
  for (const { piece: { at, written }, said } of doubts) {
    const doubt = { at, written, read: toneMarks(said) };
    if (distinct([...places, doubt]).length <= maxReadings) places.push(doubt);
  }
  places.sort((a, b) => a.at - b.at);
  const readings = distinct(places);
  const tooMany = readings[maxReadings];
  if (tooMany !== undefined) fault(places.find(({ written, read }) => written === tooMany.written && read === tooMany.read)?.at ?? 0, tooMany.written.length, 'READINGS_TOO_MANY');
  if (parts.length === 0 && faults.length === 0) fault(0, text.length, 'TEXT_EMPTY');
  faults.sort((a, b) => a.at - b.at);
  return faults.length > 0 ? { ok: false, faults, readings, places } : { ok: true, spoken: parts, readings, places };
}

const NUMBER_WORD = /[零一二三四五六七八九十百千万亿两幺]$/;
const NUMBER_BEGINS = /^[零〇一二三四五六七八九十百千万亿两幺]/;

/** `10三天`, `20一斤`, `“10”三天`: what is heard is 十三天. `3万五千` is written to be heard as one. */
function runsOn(pieces: readonly Piece[], read: string): boolean {
  if (!NUMBER_BEGINS.test(read)) return false;
  const heard = pieces.findLast((piece) => piece.read !== '');
  return heard !== undefined && isNumberWord(heard) && !/\p{Script=Han}$/u.test(heard.written);
}

function isNumberWord(piece: Piece | undefined): boolean {
  return piece !== undefined && NUMBER_WORD.test(piece.read);
}

/** A space between two numbers is heard, or 五 8:30 would be 58. A line's end is no space. */
function needsPause(before: Piece | undefined, text: string, at: number): boolean {
  return text.charAt(at) !== '\n' && isNumberWord(before) && /^\s*\d/.test(text.slice(at));
}

function firstToken(place: Place): Token | undefined {
  for (const rule of RULES) {
    const token = rule(place);
    if (token !== undefined) return token;
  }
  return undefined;
}

function distinct(places: readonly PlacedReading[]): readonly Reading[] {
  const seen = new Map(places.map(({ written, read }) => [`${written}\n${read}`, { written, read }]));
  return [...seen.values()];
}
