import { stringify } from 'csv-stringify/sync';
import { writeWorkbook, type SheetCell } from './workbook-library';
import { SHAPES, type TableKey } from './columns';
import { encodeText } from './encoding';
import { asTextFormula, guardFormula } from './formula-guard';
import type { Written } from './write-tables';

export interface WrittenTable { readonly key: TableKey; readonly rows: readonly (readonly Written[])[] }

const WIDTH_CHARS = 22;
/** Digits that a spreadsheet would round, shorten or take for a date when it opens a CSV file. */
const NEEDS_TEXT = /^\d{12,}$|^0\d|^\d+[eE]\d+$|^\d{1,4}-\d{1,2}(?:-\d{1,2})?$/;

/** A workbook with one sheet a table. Text and codes are string cells in text format, so that typing more keeps them text. */
export async function writeXlsx(tables: readonly WrittenTable[], spareRows = 0): Promise<Buffer> {
  const sheets = tables.map(({ key, rows }) => {
    const columns = SHAPES[key].columns;
    const spare = Array.from({ length: spareRows }, (): readonly Written[] => columns.map(() => null));
    return {
      sheet: SHAPES[key].zh,
      columns: columns.map(() => ({ width: WIDTH_CHARS })),
      stickyRowsCount: 1,
      data: [...rows, ...spare].map((row, at) => columns.map((column, place): SheetCell | null => {
        const written = row[place] ?? null;
        if (at === 0) return { value: String(written ?? ''), type: String, fontWeight: 'bold' };
        if (typeof written === 'number') return { value: written, type: Number };
        if (written === null || written === '') return isNumeric(column.key) ? null : { type: String, format: '@' };
        return { value: guardFormula(written), type: String, format: '@' };
      })),
    };
  });
  return writeWorkbook(sheets).toBuffer();
}

/** One CSV file a table, `terminals.csv` and so on. Codes that a spreadsheet would damage stand as `="…"`. */
export function writeCsv({ rows }: WrittenTable, encoding: 'utf-8' | 'gb18030'): Buffer {
  const text = stringify(rows.map((row, at) => row.map((written) => {
    if (written === null) return '';
    if (typeof written === 'number' || at === 0) return String(written);
    return NEEDS_TEXT.test(written) ? asTextFormula(written) : guardFormula(written);
  })), { record_delimiter: 'windows' });
  return encodeText(text, encoding);
}

export function csvName(key: TableKey): string {
  return `${SHAPES[key].en.replace(/ /g, '-')}.csv`;
}

const NUMERIC = new Set(['longitude', 'latitude', 'horns', 'households', 'people', 'west', 'south', 'east', 'north']);

function isNumeric(key: string): boolean {
  return NUMERIC.has(key);
}
