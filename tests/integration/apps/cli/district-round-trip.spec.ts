import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { toBase64 } from '#libs/envelope';
import { generateKey } from '#libs/suites';
import { tablesOf, writeXlsx, type District } from '#libs/tables';
import { readTables } from '../../../../apps/cli/src/district/read-input';
import { FOUNDATION } from '../../../../apps/platform/src/app.module';
import { createServer } from '../../../../apps/platform/src/server';
import { readConfig } from '../../../../apps/platform/src/kernel/config';
import { createDatabase } from '../../../../apps/platform/src/kernel/database';
import { silentLog } from '../../../../apps/platform/src/kernel/log';
import { systemClock } from '../../../../apps/platform/src/kernel/clock';
import { freePort } from '../../../support/ports';
import { useDatabase, type TestDatabase } from '../../../support/postgres';
import { clarion } from '../../../unit/apps/cli/fake-platform';
import { smallDistrict } from '../../../unit/libs/tables/small-district';

const folder = mkdtempSync(path.join(os.tmpdir(), 'clarion-round-trip-'));
const at = (...names: readonly string[]): string => path.join(folder, ...names);
const databases = [useDatabase(), useDatabase()];
const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

/** The API server on what a set-up left in `data`; its address. */
async function serve(db: TestDatabase, data: string): Promise<string> {
  const demo = (JSON.parse(readFileSync(path.join(data, 'bootstrap.json'), 'utf8')) as { demo: boolean }).demo;
  const config = readConfig({ CLARION_DATA: data, CLARION_KEYS: path.join(data, 'keys'), CLARION_DEMO: demo ? '1' : '0', CLARION_DATABASE_URL: db.appUrl });
  const database = await createDatabase({ url: db.appUrl, poolSize: 4, name: 'clarion-round-trip' });
  const app = await createServer({ clock: systemClock, config, database, log: silentLog }, FOUNDATION);
  const port = await freePort();
  await app.listen(port, '127.0.0.1');
  closing.push(() => app.close());
  return `http://127.0.0.1:${port}`;
}

/** Signs in at a server and exports: CSV, and the workbook beside it. */
async function exported(url: string, account: string, password: string, name: string): Promise<string> {
  const environment = { CLARION_URL: url, CLARION_SESSION: at(`${name}.session`), CLARION_DATA: at('none'), CLARION_DEMO_KEYS: at('none') };
  writeFileSync(at(`${name}.password`), password);
  expect(await clarion(['sign-in', '--account', account, '--password-file', at(`${name}.password`)], environment)).toMatchObject({ code: 0 });
  for (const out of [at(name), at(`${name}.xlsx`)]) expect(await clarion(['district', 'export', '--out', out], environment)).toMatchObject({ code: 0, err: '' });
  return at(name);
}

const byId = (rows: readonly object[]): readonly string[] => rows.map((row) => JSON.stringify(Object.entries(row).sort())).sort();

/** Somebody's tables, a person of theirs with two keys. */
async function tables(): Promise<District> {
  const second = toBase64(Buffer.from((await generateKey('es256')).key.spki, 'base64'));
  return { ...smallDistrict, people: smallDistrict.people.map((person) => (person.id === 'nantang-clerk' ? { ...person, keys: [second] } : person)) };
}

describe('a district, exported from a running server', () => {
  let first = '';

  beforeAll(async () => {
    writeFileSync(at('tables.xlsx'), await writeXlsx(tablesOf(await tables())));
    expect((await clarion(['district', 'import', at('tables.xlsx'), '--out', at('one'), '--demo-keys'], { CLARION_DATA: at('none'), CLARION_DEMO_KEYS: at('none') })).code).toBe(0);
    const [db] = databases;
    if (db === undefined) throw new Error('no database');
    const url = await serve(db, at('one', 'data'));
    first = await exported(url, 'heping-officer-1', readFileSync(at('one', 'people', 'passphrase'), 'utf8').trim(), 'first');
  }, 120_000);

  it('has its areas, units, platforms, people with their public keys, terminals, natural villages and public places as they were', async () => {
    const { district, faults } = await readTables(first);
    expect(faults).toEqual([]);
    for (const key of ['areas', 'platforms', 'units', 'terminals', 'naturalVillages', 'publicPlaces'] as const) expect([key, byId(district?.[key] ?? [])]).toEqual([key, byId(smallDistrict[key])]);
    expect(byId(district?.people.map((person) => ({ ...person, keys: [], officerKey: '' })) ?? [])).toEqual(byId(smallDistrict.people));
    expect(district?.people.filter(({ keys }) => keys.length === 0).map(({ id }) => id)).toEqual(['heping-admin']);
    expect(district?.people.filter(({ officerKey }) => officerKey !== '').map(({ id }) => id).sort()).toEqual(['chengguan-officer-1', 'chengguan-officer-2', 'heping-officer-1', 'heping-officer-2']);
  });

  it('is the same from the workbook as from the CSV files', async () => {
    expect((await readTables(at('first.xlsx'))).district).toEqual((await readTables(first)).district);
  });
});
