import { EMPTY, writtenOf, type Cell, type RawTable } from './cell';
import { columnNamed, isRemark, SHAPES, tableNamed, TABLES, type TableKey } from './columns';
import { faultOf, type TableFault } from './fault';
import { TABLE_LIMITS } from './limits';
import { RowReader } from './row-reader';
import type { Merged } from './sheet-layout';

const HEADING_WITHIN = 10;
/** Rows under merges that are looked at. */
const MOST_COVERED = 200_000;

/** The rows of each table, ready to be read. */
export type MatchedTables = Readonly<Record<TableKey, readonly RowReader[]>>;

/**
 * Finds which sheet or file is which table and which column is which, by their headings in any order. Every unknown,
 * missing, double and nameless one is told. `faults` also takes what the row readers find later.
 */
export function matchTables(raw: readonly RawTable[], faults: TableFault[]): MatchedTables {
  const found = new Map<TableKey, readonly RowReader[]>();
  for (const table of raw) {
    if (tableNamed(table.name) === undefined && !isRemark(table.name) && table.rows.some(hasContents)) {
      faults.push(faultOf('TABLE_UNKNOWN', { table: table.name }, { known: TABLES.map((one) => `${SHAPES[one].zh} ${SHAPES[one].en}`).join(', ') }));
    }
  }
  for (const key of TABLES) {
    const named = raw.filter((table) => tableNamed(table.name) === key);
    // A template that was left empty gives way to the one that was filled in.
    const filled = named.filter((table) => table.rows.filter(hasContents).length > 1);
    if (filled.length > 1) faults.push(faultOf('TABLE_TWICE', { table: key }, { zh: SHAPES[key].zh, en: SHAPES[key].en }));
    const table = filled[0] ?? named[0];
    for (const other of named) {
      if (other !== table && !filled.includes(other)) faults.push(faultOf('TABLE_PASSED_OVER', { table: other.name }));
    }
    if (table !== undefined) found.set(key, rowsOf(key, table, faults));
  }
  for (const key of TABLES) {
    if (SHAPES[key].required && !found.has(key)) faults.push(faultOf('TABLE_MISSING', { table: key }, { zh: SHAPES[key].zh, en: SHAPES[key].en }));
  }
  const of = (key: TableKey): readonly RowReader[] => found.get(key) ?? [];
  return {
    areas: of('areas'), platforms: of('platforms'), units: of('units'), people: of('people'), terminals: of('terminals'),
    naturalVillages: of('naturalVillages'), publicPlaces: of('publicPlaces'),
  };
}

function hasContents(row: readonly Cell[]): boolean {
  return row.some((cell) => cell.kind !== 'empty');
}

function rowsOf(key: TableKey, table: RawTable, faults: TableFault[]): readonly RowReader[] {
  if (!table.rows.some(hasContents)) {
    faults.push(faultOf('TABLE_EMPTY', { table: key }));
    return [];
  }
  if (table.layout?.hidden === true) faults.push(faultOf('TABLE_HIDDEN', { table: key }));
  const top = headingRow(key, table.rows);
  const heading = table.rows[top] ?? [];
  const below = table.rows.slice(top + 1);
  const columns = columnsOf(key, heading, below, top + 1, faults);
  const headings = new Map([...columns].map(([at, column]) => [column, writtenOf(heading[at] ?? EMPTY)]));
  const merges = mergesByRow(table);
  const readers = below.flatMap((cells, index) => {
    const number = top + index + 2;
    if (cells.every((cell) => cell.kind === 'empty')) return [];
    if (cells.slice(heading.length).some((cell) => cell.kind !== 'empty')) faults.push(faultOf('ROW_TOO_WIDE', { table: key, row: number }));
    const named = new Map<string, Cell>([...columns].map(([at, column]) => [column, cells[at] ?? EMPTY]));
    const merged = mergedInto(number, merges.get(number) ?? [], columns);
    const reader = new RowReader(key, { number, cells: named, merged: new Set(merged.keys()) }, headings, faults);
    for (const [column, from] of merged) reader.say('CELL_MERGED', column, { from });
    for (const [column, cell] of named) {
      if (cell.kind !== 'empty' && cell.written.length > TABLE_LIMITS.cellChars) reader.say('TOO_LONG', column, { limit: TABLE_LIMITS.cellChars });
    }
    return [reader];
  });
  const hidden = readers.filter(({ number }) => table.layout?.hiddenRows.has(number) === true).map(({ number }) => number);
  if (hidden.length > 0) faults.push(faultOf('ROWS_HIDDEN', { table: key }, { count: hidden.length, rows: hidden.join(', ') }));
  if (SHAPES[key].required && readers.length === 0) faults.push(faultOf('TABLE_EMPTY', { table: key }));
  return readers;
}

/** Merges that hold something, by each row that they cover. */
function mergesByRow({ rows, layout }: RawTable): ReadonlyMap<number, readonly Merged[]> {
  const byRow = new Map<number, Merged[]>();
  let covered = 0;
  for (const merged of layout?.merged ?? []) {
    const [top, bottom] = merged.rows;
    if ((rows[top - 1]?.[merged.columns[0]] ?? EMPTY).kind === 'empty') continue;
    for (let row = top; row <= Math.min(bottom, rows.length) && covered < MOST_COVERED; row += 1, covered += 1) {
      const here = byRow.get(row);
      if (here === undefined) byRow.set(row, [merged]);
      else here.push(merged);
    }
  }
  return byRow;
}

/** The columns of a row whose cell lies under one that was merged over it, with that cell's address. */
function mergedInto(row: number, merges: readonly Merged[], columns: ReadonlyMap<number, string>): ReadonlyMap<string, string> {
  return new Map([...columns].flatMap(([at, column]) => {
    const over = merges.find(({ rows: [top], columns: [left, right] }) => left <= at && at <= right && !(top === row && left === at));
    return over === undefined ? [] : [[column, over.from] as const];
  }));
}

/**
 * The heading: the first row, among the first ones, of which most cells are headings that we know, so that a title above it is passed
 * over; else the first row with contents, whose unknown headings are then told. Row numbers stay those of the file.
 */
function headingRow(key: TableKey, rows: readonly (readonly Cell[])[]): number {
  const looksLike = (row: readonly Cell[]): boolean => {
    const filled = row.filter((cell) => cell.kind !== 'empty');
    const known = filled.filter((cell) => columnNamed(key, writtenOf(cell)) !== undefined);
    return known.length >= 2 && known.length * 2 > filled.length;
  };
  const found = rows.slice(0, HEADING_WITHIN).findIndex(looksLike);
  return found >= 0 ? found : rows.findIndex(hasContents);
}

/** Which column stands at which place. */
function columnsOf(key: TableKey, heading: readonly Cell[], below: readonly (readonly Cell[])[], row: number, faults: TableFault[]): ReadonlyMap<number, string> {
  const columns = new Map<number, string>();
  const say = (code: 'COLUMN_UNKNOWN' | 'COLUMN_TWICE', written: string): void => { faults.push(faultOf(code, { table: key, row, column: written, written })); };
  heading.forEach((cell, at) => {
    const written = writtenOf(cell).trim();
    if (written === '') {
      if (below.some((cells) => (cells[at] ?? EMPTY).kind !== 'empty')) faults.push(faultOf('COLUMN_NAMELESS', { table: key, row }, { number: at + 1 }));
      return;
    }
    const column = columnNamed(key, written);
    if (column === undefined) {
      if (!isRemark(written)) say('COLUMN_UNKNOWN', written);
    } else if ([...columns.values()].includes(column.key)) say('COLUMN_TWICE', written);
    else columns.set(at, column.key);
  });
  for (const column of SHAPES[key].columns) {
    if (column.required && ![...columns.values()].includes(column.key)) {
      faults.push(faultOf('COLUMN_MISSING', { table: key, row: heading.length === 0 ? null : row, column: column.zh }, { zh: column.zh, en: column.en }));
    }
  }
  return columns;
}
