/** A cell that begins so is run as a formula by a spreadsheet that opens it (CSV) or saves it as CSV (workbook). */
const RISKY = /^[=+\-@\t\r]/;
const GUARDED = /^'(?=['=+\-@\t\r])/;
/** `="360111101000"`: how a CSV file tells a spreadsheet that digits are text. */
const TEXT_FORMULA = /^="([^"=]*)"$/;

/** Puts an apostrophe before a text that would be run, and before one that would be taken for guarded. */
export function guardFormula(text: string): string {
  return RISKY.test(text) || GUARDED.test(text) ? `'${text}` : text;
}

/** Takes the guard away again: `unguardFormula(guardFormula(x)) === x` for every text. */
export function unguardFormula(text: string): string {
  return text.replace(GUARDED, '');
}

export function asTextFormula(digits: string): string {
  return `="${digits}"`;
}

/** The text inside `="..."`; undefined when it is none. */
export function insideTextFormula(written: string): string | undefined {
  return TEXT_FORMULA.exec(written)?.[1];
}
