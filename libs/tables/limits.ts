/** What a table file may weigh at most: a district's fleet fits in a hundredth of it, a bomb does not (style 21). */
export const TABLE_LIMITS = {
  fileBytes: 16_777_216,
  /** All parts of a workbook together, unpacked. */
  unpackedBytes: 134_217_728,
  /** Parts (zip entries) of a workbook. */
  parts: 256,
  files: 64,
  /** Of one table, the header included. */
  rows: 20_001,
  columns: 64,
  /** Of all tables of a workbook or folder. */
  cells: 600_000,
  cellChars: 1_000,
} as const;
