import { readWorkbook, type SheetValue } from './workbook-library';
import { EMPTY, type Cell, type RawTable } from './cell';
import { faultOf, type TableFault } from './fault';
import { TABLE_LIMITS } from './limits';
import { layoutsOf } from './sheet-layout';
import { readZip } from './zip-gate';

/** What could be read of a file, and why the rest could not. */
export interface FileReading {
  readonly tables: readonly RawTable[];
  readonly faults: readonly TableFault[];
}

/** Keeps a number as the workbook writes it: a code of 23 digits must not pass through a float. */
class WrittenNumber {
  constructor(readonly written: string) {}
}

const OLD_XLS = Buffer.from([0xd0, 0xcf, 0x11, 0xe0]);
const ZIP = Buffer.from('PK', 'latin1');

/**
 * Reads a workbook, one table a sheet, empty rows included so that row numbers are those of the spreadsheet. Refuses
 * bombs: too large packed or unpacked, and sheets that claim rows or columns beyond the limits (a tiny file may claim a
 * million rows). A cell whose formula failed is told: its value is not there.
 */
export async function readXlsx(name: string, bytes: Buffer): Promise<FileReading> {
  const refuse = (code: Parameters<typeof faultOf>[0], words: Readonly<Record<string, string | number>> = {}): FileReading => ({ tables: [], faults: [faultOf(code, { table: name }, words)] });
  if (bytes.length > TABLE_LIMITS.fileBytes) return refuse('FILE_TOO_LARGE', { limit: megabytes(TABLE_LIMITS.fileBytes) });
  if (bytes.subarray(0, 4).equals(OLD_XLS)) return refuse('FILE_KIND');
  if (!bytes.subarray(0, 2).equals(ZIP)) return refuse('FILE_UNREADABLE', { why: bytes.length === 0 ? 'it is empty' : 'it does not begin as a workbook does' });
  const zip = readZip(bytes);
  if (!zip.ok) return refuse(zip.code, { why: zip.why, limit: megabytes(TABLE_LIMITS.unpackedBytes) });
  let claimed = 0;
  for (const part of zip.parts) {
    const extent = extentOf(part.text);
    if (extent === undefined) return refuse('FILE_UNREADABLE', { why: part.name });
    if (extent.rows > TABLE_LIMITS.rows) return refuse('TOO_MANY_ROWS', { limit: TABLE_LIMITS.rows - 1 });
    if (extent.columns > TABLE_LIMITS.columns) return refuse('TOO_MANY_COLUMNS', { limit: TABLE_LIMITS.columns });
    claimed += extent.cells;
  }
  if (claimed > TABLE_LIMITS.cells) return refuse('TOO_MANY_CELLS', { limit: TABLE_LIMITS.cells });
  try {
    const sheets = await readWorkbook(new Uint8Array(bytes).buffer, { trim: false, parseNumber: (written) => new WrittenNumber(written) });
    if (sheets.length === 0) return refuse('FILE_UNREADABLE', { why: 'no sheet in it' });
    const layouts = layoutsOf(zip.parts);
    const tables = sheets.map(({ sheet, data }, at): RawTable => ({ name: sheet, rows: data.map((row) => row.map(cellOf)), layout: layouts[at] }));
    return { tables, faults: failedFormulas(name, zip.parts) };
  } catch (error) {
    return refuse('FILE_UNREADABLE', { why: error instanceof Error ? oneLine(error.message) : 'damaged' });
  }
}

function cellOf(value: SheetValue): Cell {
  if (value === null || value === '') return EMPTY;
  if (value instanceof WrittenNumber) return { kind: 'number', written: value.written };
  if (value instanceof Date) return { kind: 'date', written: Number.isNaN(value.getTime()) ? '' : value.toISOString().slice(0, 10) };
  if (typeof value === 'boolean') return { kind: 'boolean', written: value ? 'TRUE' : 'FALSE' };
  return { kind: 'text', written: String(value) };
}

const ROW_OR_CELL = /<(?:[\w.-]+:)?(?:row|c)(?=[\s/>])/g;
/** A row or cell tag in the one form that is read; any other form of one refuses the file. */
const STRICT_TAG = /<(?:[\w.-]+:)?(row|c)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<&]*"|'[^'<&]*'))*)\s*\/?>/g;
const ADDRESS = /(?:^|\s)r\s*=\s*["']([A-Z]{0,7})(\d{1,10})["']/;

/** How far a sheet reaches by its own addresses; undefined when a tag cannot be read with certainty. */
function extentOf(xml: string): { readonly rows: number; readonly columns: number; readonly cells: number } | undefined {
  const tags = xml.match(ROW_OR_CELL)?.length ?? 0;
  let [read, rows, columns, cells, counted] = [0, 0, 0, 0, 0];
  for (const [, kind, attributes = ''] of xml.matchAll(STRICT_TAG)) {
    read += 1;
    const [, letters = '', digits] = ADDRESS.exec(attributes) ?? [];
    if (digits === undefined && /(?:^|\s)r\s*=/.test(attributes)) return undefined;
    if (kind === 'row') counted += 1;
    else cells += 1;
    rows = Math.max(rows, Number(digits ?? 0), counted);
    columns = Math.max(columns, [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0));
  }
  // The library pads every row to the widest one.
  return read === tags ? { rows, columns, cells: Math.max(cells, rows * columns) } : undefined;
}

/** Cells of type error, by sheet part: the library passes over them as if they were empty. */
function failedFormulas(name: string, parts: readonly { readonly name: string; readonly text: string }[]): readonly TableFault[] {
  return parts.filter((part) => /worksheets\//.test(part.name)).flatMap((part) =>
    [...part.text.matchAll(STRICT_TAG)].filter(([, kind, attributes = '']) => kind === 'c' && /\st\s*=\s*["']e["']/.test(attributes)).map(([, , attributes = '']) => {
      const [, letters = '', digits = ''] = ADDRESS.exec(attributes) ?? [];
      return faultOf('FORMULA_ERROR', { table: `${name} ${part.name.replace(/^.*\/|\.xml$/g, '')}`, row: Number(digits), column: letters });
    }));
}

function oneLine(words: string): string {
  return words.replace(/\s+/g, ' ').trim();
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_048_576)} MB`;
}
