import type { Cell } from './cell';
import type { FaultCode } from './fault-words';
import { unguardFormula } from './formula-guard';

/** What became of a cell that should hold a code: its text, a note on what was mended, or the reason it is refused. */
export type CodeReading =
  | { readonly ok: true; readonly text: string; readonly note?: FaultCode }
  | { readonly ok: false; readonly code: FaultCode; readonly words?: Readonly<Record<string, string | number>> };

/** With a sign or a decimal point, as programs write it: `12E5` alone may well be a maker's code. */
const EXPONENT = /^[+-]?\d+(?:[.,]\d+[eE][+-]?|[eE][+-])\d+$/;
const NUMBER_EXPONENT = /[eE]/;
const DECIMAL = /^\d+[.,]\d*$/;
const MONTHS = '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*';
const DATES: readonly RegExp[] = [
  new RegExp(`^\\d{1,4}[-/ ]${MONTHS}(?:[-/ ]\\d{2,4})?$`, 'i'),
  new RegExp(`^${MONTHS}[-/ ]\\d{1,4}(?:[,-/ ]+\\d{2,4})?$`, 'i'),
  /^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?$/,
  /^\d{1,2}\/\d{1,2}\/\d{2,4}$/,
  /^(?:\d{2,4}年)?\d{1,2}月(?:\d{1,2}日)?$/,
];
const FULL_WIDTH = /[！-～]/;
const APOSTROPHES = /^['‘’`＇]|['‘’`＇]$/;
/** Blanks of every kind, zero-width characters and marks that turn the reading direction (Unicode Zs, Cc, Cf). */
const INVISIBLE = /[\p{Z}\p{Cc}\p{Cf}]/u;
/** A spreadsheet keeps fifteen digits of a number and writes zeros for the rest. */
const KEPT_DIGITS = 15;
const FEWEST_LOST = 4;

/**
 * Reads a cell of an id or code column. A spreadsheet damages codes in known ways, and each is refused with its reason,
 * because the digits that were there cannot be told any more. Full-width characters alone are made half-width: that loses nothing.
 */
export function readCode(cell: Exclude<Cell, { readonly kind: 'empty' }>): CodeReading {
  if (cell.kind === 'date') return { ok: false, code: 'CODE_DATE' };
  if (cell.kind === 'boolean') return { ok: false, code: 'CODE_BOOLEAN' };
  if (cell.kind === 'number') return { ok: false, code: NUMBER_EXPONENT.test(cell.written) ? 'CODE_EXPONENT' : DECIMAL.test(cell.written) ? 'CODE_DECIMAL' : 'CODE_IS_NUMBER' };
  return readCodeText(cell.written);
}

function readCodeText(written: string): CodeReading {
  if (written.startsWith('=')) return { ok: false, code: 'FORMULA_IN_TEXT' };
  const trimmed = unguardFormula(written.trim());
  if (APOSTROPHES.test(trimmed)) return { ok: false, code: 'CODE_APOSTROPHE' };
  const text = FULL_WIDTH.test(trimmed) ? trimmed.replace(/[！-～]/g, (char) => String.fromCharCode(char.charCodeAt(0) - 0xfee0)) : trimmed;
  if (APOSTROPHES.test(text)) return { ok: false, code: 'CODE_APOSTROPHE' };
  if (EXPONENT.test(text)) return { ok: false, code: 'CODE_EXPONENT' };
  if (DATES.some((date) => date.test(text))) return { ok: false, code: 'CODE_DATE' };
  if (DECIMAL.test(text)) return { ok: false, code: 'CODE_DECIMAL' };
  if (/^(?:true|false)$/i.test(text)) return { ok: false, code: 'CODE_BOOLEAN' };
  if (isRounded(text)) return { ok: false, code: 'CODE_ROUNDED' };
  return text === trimmed ? { ok: true, text } : { ok: true, text, note: 'CODE_FULL_WIDTH' };
}

/** Digits alone, more than fifteen of them, and nothing but zeros after the fifteenth. */
export function isRounded(text: string): boolean {
  return /^\d+$/.test(text) && text.length >= KEPT_DIGITS + FEWEST_LOST && /^0+$/.test(text.slice(KEPT_DIGITS));
}

/** Digits of a fixed length, as area codes (12) and resource codes (23) are. */
export function readDigits(text: string, length: number): CodeReading {
  if (INVISIBLE.test(text)) return { ok: false, code: 'CODE_BLANK' };
  if (!/^\d+$/.test(text)) return { ok: false, code: 'CODE_NOT_DIGITS' };
  if (text.length !== length) return { ok: false, code: text.length < length ? 'CODE_SHORT' : 'CODE_LONG', words: { length, has: text.length } };
  return { ok: true, text };
}

/** A 12-digit area code (GB/T 2260 and GB/T 10114, GD/J 080 4): the first two digits are a province, 11 to 82. */
export function readAreaCode(text: string): CodeReading {
  const digits = readDigits(text, 12);
  if (!digits.ok) return digits;
  const province = Number(text.slice(0, 2));
  return province >= 11 && province <= 82 ? digits : { ok: false, code: 'CODE_REGION' };
}

/** A code whose shape is the maker's own, such as a physical code: one word without blanks. */
export function readFreeCode(text: string): CodeReading {
  return INVISIBLE.test(text) ? { ok: false, code: 'CODE_BLANK' } : { ok: true, text };
}

/** The number of a SIM card (ITU-T E.118): 19 or 20 digits; some Chinese cards end in letters. */
export function readSim(text: string): CodeReading {
  if (INVISIBLE.test(text)) return { ok: false, code: 'CODE_BLANK' };
  if (text.length < 19) return { ok: false, code: 'CODE_SHORT', words: { length: '19-20', has: text.length } };
  if (text.length > 20) return { ok: false, code: 'CODE_LONG', words: { length: '19-20', has: text.length } };
  return /^\d{15}[0-9A-F]{4,5}$/i.test(text) ? { ok: true, text: text.toUpperCase() } : { ok: false, code: 'CODE_NOT_DIGITS' };
}

/** An id of ours: lower-case letters, digits and hyphens. Upper case is refused, not folded: two spellings must not meet later. */
export function readId(text: string): CodeReading {
  return /^[a-z0-9][a-z0-9-]{0,63}$/.test(text) ? { ok: true, text } : { ok: false, code: 'NOT_AN_ID' };
}
