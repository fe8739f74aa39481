import { SENTENCES, type FaultCode, type Weight } from './fault-words';

export type { FaultCode, Weight } from './fault-words';

/** One thing that is wrong or worth knowing, with its place as the person sees it in the file. */
export interface TableFault {
  /** Name of the table, or of the file or sheet when it is none of ours. */
  readonly table: string;
  /** The row number that a spreadsheet shows; null when the table as a whole is meant. */
  readonly row: number | null;
  /** The column's heading as written; null when the row as a whole is meant. */
  readonly column: string | null;
  readonly code: FaultCode;
  /** `error` stops the import, `warning` asks somebody to look, `note` says what was done. */
  readonly weight: Weight;
  /** What stands in the cell. */
  readonly written: string | null;
  readonly sentence: { readonly zh: string; readonly en: string };
}

export interface Place { readonly table: string; readonly row?: number | null; readonly column?: string | null; readonly written?: string | null }

const SHOWN_CHARS = 80;

/** Makes the fault of a code; `words` fill the places `{name}` of its sentence. */
export function faultOf(code: FaultCode, place: Place, words: Readonly<Record<string, string | number>> = {}): TableFault {
  const [weight, zh, en] = SENTENCES[code];
  const fill = (sentence: string): string => sentence.replace(/\{([a-z]+)\}/g, (_, name: string) => shown(String(words[name] ?? '')));
  const written = place.written ?? null;
  return {
    table: place.table, row: place.row ?? null, column: place.column ?? null, code, weight,
    written: written === null ? null : shown(written), sentence: { zh: fill(zh), en: fill(en) },
  };
}

/** Whether nothing among these stops the import. */
export function isClean(faults: readonly TableFault[]): boolean {
  return faults.every((fault) => fault.weight !== 'error');
}

/** Whether a file could not be read as tables: what it held is unknown, so nothing can be said about what is missing elsewhere. */
export function meansUnread(fault: TableFault): boolean {
  return /^(?:FILE_|CSV_|TOO_MANY_(?:ROWS|COLUMNS|CELLS)$)/.test(fault.code);
}

function shown(text: string): string {
  const chars = [...text];
  return chars.length > SHOWN_CHARS ? `${chars.slice(0, SHOWN_CHARS).join('')}…` : text;
}
