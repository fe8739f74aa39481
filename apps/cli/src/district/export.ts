import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { bootstrapSchema, mapSchema, placesSchema, terminalViewSchema, trustViewSchema } from '#libs/contracts';
import { csvName, tablesOf, writeCsv, writeXlsx } from '#libs/tables';
import { z } from 'zod';
import { CliError, EXIT } from '../cli-error';
import { readWord, type Context } from '../command';
import { readInputJson } from '../files';
import { sizesOf } from './check';
import { districtOf, type KnownDistrict } from './of-documents';

export interface ExportOptions { readonly out: string; readonly from: string | undefined; readonly encoding: string }

/**
 * Writes a district's tables from a bootstrap file (`--from`) or from the running server: a workbook when the name ends
 * in .xlsx, else a folder of CSV files. Refuses to write over anything. Terminals that were retired are left out.
 */
export async function exportDistrict(context: Context, options: ExportOptions): Promise<number> {
  const out = resolve(options.out);
  const encoding = readWord(z.enum(['utf-8', 'gb18030']), options.encoding.toLowerCase(), 'is no encoding; there are: utf-8, gb18030', 'district export');
  const known = options.from === undefined ? await fromServer(context) : fromBootstrap(options.from);
  const district = districtOf(known);
  const tables = tablesOf(district);
  if (/\.xlsx$/i.test(out)) {
    if (existsSync(out)) throw new CliError('FILE_EXISTS', `${out} is there already`, EXIT.usage);
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, await writeXlsx(tables));
  } else {
    if (existsSync(out) && readdirSync(out).length > 0) throw new CliError('FOLDER_NOT_EMPTY', `${out} is not empty`, EXIT.usage);
    mkdirSync(out, { recursive: true });
    for (const table of tables) writeFileSync(join(out, csvName(table.key)), writeCsv(table, encoding));
  }
  context.say(`${out}: ${Object.entries(sizesOf(district)).map(([key, count]) => `${count} ${key}`).join(', ')}`);
  if (options.from === undefined) context.say('titles, accounts and SIM numbers are not told by the server: people stand with their ids (--from BOOTSTRAP has them)');
  context.give({ out, tables: sizesOf(district) });
  return EXIT.ok;
}

function fromBootstrap(file: string): KnownDistrict {
  const parsed = bootstrapSchema.safeParse(readInputJson(file));
  if (!parsed.success) throw new CliError('BOOTSTRAP_INVALID', `${file} is no bootstrap file`, EXIT.usage);
  const { charters, rosters, accounts, terminals, map, demo, naturalVillages = [], publicPlaces = [] } = parsed.data;
  return { charters, rosters, accounts, terminals, map, places: { naturalVillages, publicPlaces }, withKeys: !demo };
}

async function fromServer({ api }: Context): Promise<KnownDistrict> {
  const { demo } = api.currentSession();
  const trust = await api.get('/api/trust', trustViewSchema);
  const terminals = await api.get('/api/terminals', z.array(terminalViewSchema));
  const map = await api.get('/api/map', mapSchema);
  const places = await api.get('/api/places', placesSchema);
  return { charters: trust.charters, rosters: trust.rosters, accounts: [], terminals: terminals.filter(({ state }) => state !== 'retired'), map, places, withKeys: !demo };
}
