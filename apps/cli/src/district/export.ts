import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { accountViewSchema, bootstrapSchema, mapSchema, placesSchema, simCardSchema, terminalViewSchema, trustViewSchema } from '#libs/contracts';
import { csvName, tablesOf, writeCsv, writeXlsx } from '#libs/tables';
import { z } from 'zod';
import { CliError, EXIT } from '../cli-error';
import { readWord, type Context } from '../command';
import { readInputJson, requirePlain, writeReadable } from '../files';
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
    requirePlain(out);
    if (existsSync(out)) throw new CliError('FILE_EXISTS', `${out} is there already`, EXIT.usage);
    mkdirSync(dirname(out), { recursive: true });
    writeReadable(out, await writeXlsx(tables));
  } else {
    if (existsSync(out) && readdirSync(out).length > 0) throw new CliError('FOLDER_NOT_EMPTY', `${out} is not empty`, EXIT.usage);
    mkdirSync(out, { recursive: true });
    for (const table of tables) writeReadable(join(out, csvName(table.key)), writeCsv(table, encoding));
  }
  context.say(`${out}: ${Object.entries(sizesOf(district)).map(([key, count]) => `${count} ${key}`).join(', ')}`);
  if (options.from === undefined && !district.platforms.some(({ id, parent }) => parent === null && id === context.api.currentSession().platform)) context.say('these are the tables of a part of the district: somebody of the district platform exports the whole of it, which alone can be imported');
  context.give({ out, tables: sizesOf(district) });
  return EXIT.ok;
}

function fromBootstrap(file: string): KnownDistrict {
  const parsed = bootstrapSchema.safeParse(readInputJson(file));
  if (!parsed.success) throw new CliError('BOOTSTRAP_INVALID', `${file} is no bootstrap file`, EXIT.usage);
  const { charters, rosters, accounts, terminals, map, naturalVillages = [], publicPlaces = [] } = parsed.data;
  return { charters, rosters, accounts, terminals, map, places: { naturalVillages, publicPlaces } };
}

/**
 * In the order of ids, so that the same district gives the same tables from every server. Titles, accounts and SIM cards
 * are told to officers and administrators alone: for anybody else people stand with their ids, which is said.
 */
async function fromServer({ api, say }: Context): Promise<KnownDistrict> {
  const trust = await api.get('/api/trust', trustViewSchema);
  const terminals = await api.get('/api/terminals', z.array(terminalViewSchema));
  const map = await api.get('/api/map', mapSchema);
  const places = await api.get('/api/places', placesSchema);
  const accounts = await unlessForbidden(api.get('/api/accounts', z.array(accountViewSchema)));
  const sims = await unlessForbidden(api.get('/api/sim-cards', z.array(simCardSchema)));
  if (accounts === undefined || sims === undefined) say('titles, accounts and SIM numbers are told to officers and administrators only: people stand with their ids');
  const simOf = new Map(sims?.map(({ terminal, sim }) => [terminal, sim]));
  return {
    charters: trust.charters, rosters: trust.rosters, accounts: accounts ?? [], map, places,
    terminals: terminals.filter(({ state }) => state !== 'retired').map((row) => ({ ...row, sim: simOf.get(row.id) })).sort((a, b) => (a.id < b.id ? -1 : 1)),
  };
}

async function unlessForbidden<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof CliError && error.code === 'FORBIDDEN') return undefined;
    throw error;
  }
}
