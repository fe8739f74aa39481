import { parse } from 'csv-parse/sync';
import { textCell, type RawTable } from './cell';
import { decodeText } from './encoding';
import { faultOf } from './fault';
import { insideTextFormula } from './formula-guard';
import { TABLE_LIMITS } from './limits';
import type { FileReading } from './read-xlsx';

const DELIMITERS = [',', ';', '\t'] as const;
const NUL = '\u0000';

/**
 * Reads a CSV file as one table named after the file: UTF-8 with or without a mark, GB18030 or UTF-16; comma, semicolon
 * or tab. Every cell is text; `="…"` is the text inside. Rows are numbered as a spreadsheet shows them, empty ones counted.
 */
export function readCsv(fileName: string, bytes: Buffer): FileReading {
  const name = fileName.replace(/\.(?:csv|txt|tsv)$/i, '');
  const refuse = (code: Parameters<typeof faultOf>[0], words: Readonly<Record<string, string | number>> = {}): FileReading => ({ tables: [], faults: [faultOf(code, { table: fileName }, words)] });
  if (bytes.length > TABLE_LIMITS.fileBytes) return refuse('FILE_TOO_LARGE', { limit: `${TABLE_LIMITS.fileBytes / 1_048_576} MB` });
  const decoded = decodeText(bytes);
  if (decoded === undefined) return refuse('FILE_ENCODING');
  if (decoded.text.includes(NUL)) return refuse('FILE_KIND');
  // Some programs say in the first line which delimiter they use; a spreadsheet does not show that line.
  const text = decoded.text.replace(/^sep=.\r?\n/i, '');
  let records: readonly (readonly string[])[];
  try {
    records = parse(text, { delimiter: delimiterOf(text), relax_column_count: true, skip_empty_lines: false, bom: true, to: TABLE_LIMITS.rows + 1, max_record_size: TABLE_LIMITS.cellChars * TABLE_LIMITS.columns * 2 });
  } catch (error) {
    return refuse('CSV_QUOTES', { why: error instanceof Error ? error.message : '' });
  }
  if (records.length > TABLE_LIMITS.rows) return refuse('TOO_MANY_ROWS', { limit: TABLE_LIMITS.rows - 1 });
  if (records.some((record) => record.length > TABLE_LIMITS.columns)) return refuse('TOO_MANY_COLUMNS', { limit: TABLE_LIMITS.columns });
  return { tables: [{ name, rows: records.map((record) => record.map((written) => textCell(insideTextFormula(written.trim()) ?? written))) } satisfies RawTable], faults: [] };
}

/** The one that stands most often in the first line that has any, quoted parts left out. */
function delimiterOf(text: string): string {
  const line = text.split(/\r\n|\r|\n/, 20).find((candidate) => candidate.trim() !== '') ?? '';
  const bare = line.replace(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((delimiter) => ({ delimiter, count: bare.split(delimiter).length }));
  return counts.reduce((best, next) => (next.count > best.count ? next : best)).delimiter;
}
