import { readFileSync } from 'node:fs';
import path from 'node:path';
import { policySchema } from '#libs/contracts';
import { columnNamed, readDistrict, readFiles, SHAPES, tableNamed, tablesOf, type District, type DistrictReading, type TableKey } from '#libs/tables';

export const policy = policySchema.parse(JSON.parse(readFileSync(path.resolve('policy/default.json'), 'utf8')));

/** A cell as somebody's spreadsheet holds it. */
export type CellValue = string | null | { readonly number: number } | { readonly date: string } | { readonly boolean: boolean };
export type Grid = Record<TableKey, CellValue[][]>;
export type Change = readonly [TableKey, number, string, CellValue];
export type Fault = readonly [string, number | null, string | null, string];

type WriteCell = { value: string | number | boolean | Date; type: unknown; format?: string } | null;
// The library's types are for ESM alone.
const writeWorkbook: (sheets: readonly { sheet: string; data: readonly (readonly WriteCell[])[] }[]) => { toBuffer(): Promise<Buffer> } = require('write-excel-file/node');

/** A district's tables as a grid of cells, texts unguarded as a person would type them. */
export function gridOf(district: District): Grid {
  return Object.fromEntries(tablesOf(district).map(({ key, rows }) => [
    key, rows.map((row, at) => row.map((cell): CellValue => (cell === null || cell === '' ? null : typeof cell === 'number' ? { number: cell } : at === 0 || !/^[=@']/.test(cell) ? cell : `'${cell}`))),
  ])) as unknown as Grid;
}

/** Puts cells in place: row as a spreadsheet shows it, column by its key. */
export function changed(grid: Grid, changes: readonly Change[]): Grid {
  const copy = structuredClone(grid);
  for (const [table, row, column, value] of changes) {
    const at = SHAPES[table].columns.findIndex(({ key }) => key === column);
    const cells = copy[table][row - 1];
    if (at < 0 || cells === undefined) throw new Error(`no ${table} ${row} ${column}`);
    cells[at] = value;
  }
  return copy;
}

/** A real workbook, number, date and yes/no cells as they are. */
export function workbook(grid: Grid): Promise<Buffer> {
  return writeWorkbook(Object.entries(grid).map(([sheet, rows]) => ({ sheet, data: rows.map((row) => row.map(cellOf)) }))).toBuffer();
}

function cellOf(value: CellValue): WriteCell {
  if (value === null) return null;
  if (typeof value === 'string') return { value, type: String };
  if ('number' in value) return { value: value.number, type: Number };
  return 'date' in value ? { value: new Date(value.date), type: Date, format: 'd-mmm' } : { value: value.boolean, type: Boolean };
}

export async function readBack(grid: Grid): Promise<DistrictReading> {
  const { tables, faults } = await readFiles([{ name: 'district.xlsx', bytes: await workbook(grid) }]);
  const reading = readDistrict(tables, { policy });
  return { district: reading.district, faults: [...faults, ...reading.faults] };
}

/** The faults as vectors write them: the column by its key. */
export function briefly({ faults }: DistrictReading): readonly Fault[] {
  return faults.map(({ table, row, column, code }) => {
    const key = tableNamed(table);
    return [table, row, column === null || key === undefined ? column : columnNamed(key, column)?.key ?? column, code] as const;
  });
}

export function readVectors(file: string): readonly { readonly says: string; readonly change: readonly Change[]; readonly faults: readonly Fault[] }[] {
  return JSON.parse(readFileSync(path.resolve('tests/vectors/tables', file), 'utf8')) as ReturnType<typeof readVectors>;
}
