/**
 * The door to the two workbook libraries. Their types are written for ESM alone although they ship CommonJS too, so we
 * say here what we use of them.
 */
export type SheetValue = string | number | boolean | Date | null | object;

type ReadWorkbook = (
  input: ArrayBuffer,
  options: { readonly trim: boolean; readonly parseNumber: (written: string) => object },
) => Promise<readonly { readonly sheet: string; readonly data: readonly (readonly SheetValue[])[] }[]>;

export interface SheetCell { readonly value?: string | number; readonly type: StringConstructor | NumberConstructor; readonly format?: string; readonly fontWeight?: 'bold' }

type WriteWorkbook = (
  sheets: readonly {
    readonly sheet: string;
    readonly columns: readonly { readonly width: number }[];
    readonly stickyRowsCount: number;
    readonly data: readonly (readonly (SheetCell | null)[])[];
  }[],
) => { toBuffer(): Promise<Buffer> };

/** Reads the zip's directory, as our gate does (the library's `node` door would read the stream instead). */
export const readWorkbook: ReadWorkbook = require('read-excel-file/universal');
export const writeWorkbook: WriteWorkbook = require('write-excel-file/node');
