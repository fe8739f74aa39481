import type { RawTable } from './cell';
import { faultOf, type TableFault } from './fault';
import { TABLE_LIMITS } from './limits';
import { readCsv } from './read-csv';
import { readXlsx, type FileReading } from './read-xlsx';

export interface NamedBytes { readonly name: string; readonly bytes: Buffer }

/** Reads every file of a folder, or the one that was named: workbooks give a table a sheet, CSV files one each. */
export async function readFiles(files: readonly NamedBytes[]): Promise<FileReading> {
  const tables: RawTable[] = [];
  const faults: TableFault[] = [];
  if (files.length > TABLE_LIMITS.files) return { tables, faults: [faultOf('FILE_UNREADABLE', { table: '.' }, { why: `${files.length} files` })] };
  for (const { name, bytes } of files) {
    const reading = /\.(?:csv|txt|tsv)$/i.test(name) ? readCsv(name, bytes) : /\.xls[xm]?$/i.test(name) ? await readXlsx(name, bytes) : { tables: [], faults: [faultOf('FILE_KIND', { table: name })] };
    tables.push(...reading.tables);
    faults.push(...reading.faults);
  }
  const cells = tables.reduce((sum, table) => sum + table.rows.reduce((row, { length }) => row + length, 0), 0);
  if (cells > TABLE_LIMITS.cells) return { tables: [], faults: [...faults, faultOf('TOO_MANY_CELLS', { table: '.' }, { limit: TABLE_LIMITS.cells })] };
  return { tables, faults };
}
