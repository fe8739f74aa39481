import type { SheetLayout } from './sheet-layout';

/**
 * One cell as it lies in the file. A workbook says whether the person typed text, a number, a date or a yes/no; a CSV
 * file knows text alone. `written` is what the file holds, never a rounded number.
 */
export type Cell =
  | { readonly kind: 'empty' }
  | { readonly kind: 'text'; readonly written: string }
  | { readonly kind: 'number'; readonly written: string }
  | { readonly kind: 'date'; readonly written: string }
  | { readonly kind: 'boolean'; readonly written: string };

export const EMPTY: Cell = { kind: 'empty' };

export function textCell(written: string): Cell {
  return written === '' ? EMPTY : { kind: 'text', written };
}

export function writtenOf(cell: Cell): string {
  return cell.kind === 'empty' ? '' : cell.written;
}

/** A table as it was read: its name (sheet or file), its rows from the first one on, the header among them, and how a workbook shows them. */
export interface RawTable {
  readonly name: string;
  readonly rows: readonly (readonly Cell[])[];
  readonly layout?: SheetLayout | undefined;
}
