import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { csvName, headingOf, TABLES, writeCsv, writeXlsx } from '#libs/tables';
import { CliError, EXIT } from '../cli-error';
import type { Context } from '../command';
import { writeReadable } from '../files';

/** Rows that the workbook keeps ready as text, so that a code typed there stays a code. */
const SPARE_ROWS = 200;

/** The files that ship in deploy/templates: one workbook with a sheet a table, and one CSV file a table. */
export async function templateFiles(): Promise<readonly { readonly name: string; readonly bytes: Buffer }[]> {
  const tables = TABLES.map((key) => ({ key, rows: [headingOf(key)] }));
  return [
    { name: 'district.xlsx', bytes: await writeXlsx(tables, SPARE_ROWS) },
    ...tables.map((table) => ({ name: csvName(table.key), bytes: writeCsv(table, 'utf-8') })),
  ];
}

/** Writes empty tables with their headings. Refuses (usage) to write over anything. */
export async function writeTemplates(context: Context, folder: string): Promise<number> {
  if (existsSync(folder) && readdirSync(folder).length > 0) throw new CliError('FOLDER_NOT_EMPTY', `${folder} is not empty`, EXIT.usage);
  mkdirSync(folder, { recursive: true });
  const files = await templateFiles();
  for (const { name, bytes } of files) writeReadable(join(folder, name), bytes);
  context.say(`${files.length} files in ${folder}: fill in district.xlsx, or the .csv files, and then: ./clarion district check`);
  context.give({ folder, files: files.map(({ name }) => name) });
  return EXIT.ok;
}
