import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { toBase64 } from '#libs/envelope';
import { generateKey, signEnvelope, type Signer } from '#libs/suites';
import { readFiles, tablesOf, writeXlsx, type District } from '#libs/tables';
import { DemoKeyFolder, systemClock as cliClock } from '../../../../apps/cli/src';
import { readTables } from '../../../../apps/cli/src/district/read-input';
import { hashPassword } from '../../../../apps/platform/src/features/access';
import { useDatabase, type TestDatabase } from '../../../support/postgres';
import { serveBootstrap } from '../../../support/serve-bootstrap';
import { clarion } from '../../../unit/apps/cli/fake-platform';
import { smallDistrict } from '../../../unit/libs/tables/small-district';

const folder = mkdtempSync(path.join(os.tmpdir(), 'clarion-round-trip-'));
const at = (...names: readonly string[]): string => path.join(folder, ...names);
const databases = [useDatabase(), useDatabase()];
const urls: string[] = [];
const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

/** The API server on what a set-up left in `data`; its address. */
async function serve(db: TestDatabase, data: string): Promise<string> {
  const { url, close } = await serveBootstrap(db, data);
  closing.push(close);
  urls.push(url);
  return url;
}

/** Signs in at a server and exports: CSV, and the workbook beside it. */
async function exported(url: string, account: string, password: string, name: string): Promise<string> {
  const environment = { CLARION_URL: url, CLARION_SESSION: at(`${name}.session`), CLARION_DATA: at('none'), CLARION_DEMO_KEYS: at('none') };
  writeFileSync(at(`${name}.password`), password, { mode: 0o600 });
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

  it('is imported elsewhere with the same people\'s keys, and exported there again to the same bytes', async () => {
    expect(await clarion(['district', 'import', first, '--out', at('two')], { CLARION_DATA: at('none'), CLARION_DEMO_KEYS: at('none') })).toMatchObject({ code: 0, err: '' });
    await signPapers(at('two'));
    const [, db] = databases;
    if (db === undefined) throw new Error('no database');
    await exported(await serve(db, at('two')), 'heping-officer-1', 'of-this-run', 'second');
    expect(readdirSync(at('second')).sort()).toEqual(readdirSync(first).sort());
    for (const name of readdirSync(first)) expect([name, readFileSync(at('second', name), 'utf8')]).toEqual([name, readFileSync(at('first', name), 'utf8')]);
    const sheets = async (name: string) => (await readFiles([{ name, bytes: readFileSync(at(name)) }])).tables;
    expect(await sheets('second.xlsx')).toEqual(await sheets('first.xlsx'));
  }, 120_000);

  it('by somebody who is no officer has people under their ids, and says why', async () => {
    const environment = { CLARION_URL: urls[0] ?? '', CLARION_SESSION: at('author.session'), CLARION_DATA: at('none'), CLARION_DEMO_KEYS: at('none') };
    expect((await clarion(['sign-in', '--account', 'heping-author', '--password-file', at('one', 'people', 'passphrase')], environment)).code).toBe(0);
    const { code, out } = await clarion(['district', 'export', '--out', at('by-author')], environment);
    expect([code, out]).toEqual([0, expect.stringContaining('told to officers and administrators only') as string]);
    expect((await readTables(at('by-author'))).district?.people.map(({ id, title }) => id === title)).not.toContain(false);
  });
});

/** What the root's holders and the officers do by hand: every paper signed by two who may, and put together with the parts. */
async function signPapers(folder: string): Promise<void> {
  const keys = await DemoKeyFolder.open(at('one', 'people'), cliClock);
  const holders = [await keys.signer('root/1'), await keys.signer('root/2')];
  const officers = new Map<string, readonly Signer[]>();
  for (const platform of ['heping', 'chengguan']) officers.set(`p-${platform}`, [await keys.signer(`officers/p-${platform}/${platform}-officer-1`), await keys.signer(`officers/p-${platform}/${platform}-officer-2`)]);
  const sign = async (word: 'charter' | 'roster', by: (platform: string, parent: string) => readonly Signer[]): Promise<readonly unknown[]> =>
    Promise.all(smallDistrict.platforms.map(({ id, parent }) => signEnvelope(word, readFileSync(path.join(folder, 'to-sign', `${word}s`, `${id}.json`)), by(id, parent ?? ''))));
  const parts = JSON.parse(readFileSync(path.join(folder, 'bootstrap-parts.json'), 'utf8')) as { accounts: object[] };
  const passwordHash = await hashPassword('of-this-run');
  writeFileSync(path.join(folder, 'bootstrap.json'), JSON.stringify({
    ...parts, format: 'clarion-bootstrap.v1', demo: true, root: (JSON.parse(readFileSync(at('one', 'data', 'bootstrap.json'), 'utf8')) as { root: unknown }).root,
    charters: await sign('charter', (_, parent) => officers.get(parent) ?? holders),
    rosters: await sign('roster', (platform) => officers.get(platform) ?? officers.get('p-chengguan') ?? []),
    accounts: parts.accounts.map((account) => ({ ...account, passwordHash })),
  }));
}
