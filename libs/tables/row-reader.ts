import { plainText } from '#libs/contracts';
import { EMPTY, writtenOf, type Cell } from './cell';
import { readCode, readId, type CodeReading } from './codes';
import { SHAPES, type TableKey } from './columns';
import { faultOf, type FaultCode, type TableFault } from './fault';
import { unguardFormula } from './formula-guard';
import { wordIn, type Words } from './words';

/** A number as people write one in a cell: no exponent, no thousands separator. */
const DECIMAL = /^-?\d{1,9}(?:\.\d{1,15})?$/;
/** Characters without a shape: two names that look the same would be two. Variation selectors stay, for they choose a shape (Unicode Cf, and fillers). */
const INVISIBLE = /[\p{Cf}\u034F\u115F\u1160\u17B4\u17B5\u2800\u3164\uFFA0]/u;
const SEPARATORS = /[,，、;；]/;

/** A row with its cells by column, its number as a spreadsheet shows it, and the headings as written. */
export interface TableRow {
  readonly number: number;
  readonly cells: ReadonlyMap<string, Cell>;
  /** Columns whose cell was made one with another, which holds the value; told already. */
  readonly merged: ReadonlySet<string>;
}

/**
 * Reads the cells of one row into values. What cannot be read becomes a fault and `undefined`, and reading goes on, so
 * that every wrong cell is told at once.
 */
export class RowReader {
  constructor(
    readonly table: TableKey,
    readonly row: TableRow,
    private readonly headings: ReadonlyMap<string, string>,
    private readonly faults: TableFault[],
  ) {}

  get number(): number {
    return this.row.number;
  }

  isEmpty(key: string): boolean {
    return this.cell(key).kind === 'empty';
  }

  say(code: FaultCode, key: string | null, words: Readonly<Record<string, string | number>> = {}): undefined {
    if (code === 'REQUIRED' && key !== null && this.row.merged.has(key)) return undefined;
    const column = key === null ? null : this.headings.get(key) ?? SHAPES[this.table].columns.find((candidate) => candidate.key === key)?.zh ?? key;
    this.faults.push(faultOf(code, { table: this.table, row: this.number, column, written: key === null ? null : writtenOf(this.cell(key)) }, words));
    return undefined;
  }

  /** Text for people, one line. Empty and not required: an empty string. */
  text(key: string, limit: number, required: boolean): string | undefined {
    const cell = this.cell(key);
    if (cell.kind === 'empty') return required ? this.say('REQUIRED', key) : '';
    if (cell.kind !== 'text') return this.say('TEXT_EXPECTED', key);
    if (cell.written.startsWith('=')) return this.say('FORMULA_IN_TEXT', key);
    const text = unguardFormula(cell.written.trim());
    if (text === '') return required ? this.say('REQUIRED', key) : '';
    const read = plainText(limit).safeParse(text);
    if (read.success) return this.visible(text, key);
    return read.error.issues.some((issue) => issue.code === 'too_big') ? this.say('TOO_LONG', key, { limit }) : this.say('NOT_PLAIN_TEXT', key);
  }

  /** A reference to a row of another table by id, code or name. Empty and not required: an empty string. */
  reference(key: string, required: boolean): string | undefined {
    const cell = this.cell(key);
    if (cell.kind === 'empty') return required ? this.say('REQUIRED', key) : '';
    const reading = readCode(cell);
    return reading.ok ? this.visible(reading.text, key) : this.refuse(reading, key);
  }

  references(key: string): readonly string[] | undefined {
    return this.reference(key, false)?.split(SEPARATORS).map((part) => part.trim()).filter((part) => part !== '');
  }

  id(key: string, required: boolean): string | undefined {
    return this.code(key, required, readId);
  }

  /** A code of the shape that `read` holds. Empty and not required: an empty string. */
  code(key: string, required: boolean, read: (text: string) => CodeReading): string | undefined {
    const cell = this.cell(key);
    if (cell.kind === 'empty') return required ? this.say('REQUIRED', key) : '';
    const reading = readCode(cell);
    if (!reading.ok) return this.refuse(reading, key);
    if (reading.note !== undefined) this.say(reading.note, key);
    const shaped = read(reading.text);
    return shaped.ok ? shaped.text : this.refuse(shaped, key);
  }

  /** Several codes in one cell, in order; each faulty one is told. */
  codes(key: string, read: (text: string) => CodeReading): readonly string[] | undefined {
    const cell = this.cell(key);
    if (cell.kind === 'empty') return this.say('REQUIRED', key);
    if (cell.kind !== 'text') {
      this.code(key, true, read);
      return undefined;
    }
    const parts = cell.written.split(SEPARATORS).map((part) => part.trim()).filter((part) => part !== '');
    const readings = parts.map((written) => {
      const reading = readCode({ kind: 'text', written });
      const shaped = reading.ok ? read(reading.text) : reading;
      if (reading.ok && reading.note !== undefined) this.say(reading.note, key);
      if (!shaped.ok) this.refuse(shaped, key);
      return shaped;
    });
    const codes = readings.flatMap((reading) => (reading.ok ? [reading.text] : []));
    return codes.length === readings.length ? [...new Set(codes)] : undefined;
  }

  choice<T extends string>(key: string, words: Words<T>, values: readonly T[], fallback: T | undefined): T | undefined {
    const written = this.text(key, 60, fallback === undefined);
    if (written === undefined || written === '') return written === '' ? fallback : undefined;
    return wordIn(words, values, written) ?? this.say('NOT_A_WORD', key, { known: values.map((value) => `${words[value][0]} ${value}`).join(', ') });
  }

  choices<T extends string>(key: string, words: Words<T>, values: readonly T[], required: boolean): readonly T[] | undefined {
    const written = this.text(key, 200, required);
    const parts = written?.split(SEPARATORS).map((part) => part.trim()).filter((part) => part !== '');
    const found = parts?.map((part) => wordIn(words, values, part));
    if (found === undefined) return undefined;
    const known = found.flatMap((value) => (value === undefined ? [] : [value]));
    if (known.length < found.length) return this.say('NOT_A_WORD', key, { known: values.map((value) => `${words[value][0]} ${value}`).join(', ') });
    return [...new Set(known)];
  }

  whole(key: string, least: number, most: number, fallback: number): number | undefined {
    const written = this.numeral(key);
    if (written === undefined) return this.isEmpty(key) ? fallback : this.say('NOT_A_WHOLE_NUMBER', key);
    const value = Number(written);
    if (!Number.isInteger(value) || written.includes('.')) return this.say('NOT_A_WHOLE_NUMBER', key);
    return value >= least && value <= most ? value : this.say('NUMBER_RANGE', key, { least, most });
  }

  /** Decimal degrees; null when the cell is empty. */
  degrees(key: string): number | null | undefined {
    const written = this.numeral(key);
    if (written === undefined) return this.isEmpty(key) ? null : this.say('NOT_DEGREES', key);
    const value = Number(written);
    return Math.abs(value) <= 180 ? Math.round(value * 1e6) / 1e6 : this.say('NOT_DEGREES', key);
  }

  private numeral(key: string): string | undefined {
    const cell = this.cell(key);
    if (cell.kind !== 'number' && cell.kind !== 'text') return undefined;
    const written = cell.written.normalize('NFKC').trim();
    // A workbook may store 28.9 as 28.899999999999999, or a whole number with an exponent.
    if (cell.kind === 'number' && Number.isFinite(Number(written))) {
      const value = Number(written);
      return Number.isInteger(value) && Math.abs(value) < 1e9 ? String(value) : DECIMAL.test(String(value)) ? String(value) : undefined;
    }
    return DECIMAL.test(written) ? written : undefined;
  }

  private visible(text: string, key: string): string | undefined {
    const [char] = INVISIBLE.exec(text) ?? [];
    return char === undefined ? text : this.say('INVISIBLE', key, { char: `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}` });
  }

  private refuse(reading: Extract<CodeReading, { readonly ok: false }>, key: string): undefined {
    return this.say(reading.code, key, reading.words);
  }

  private cell(key: string): Cell {
    return this.row.cells.get(key) ?? EMPTY;
  }
}
