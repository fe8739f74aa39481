import { randomUUID } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { sessionSchema, totpConfirmedSchema, totpOfferSchema } from '#libs/contracts';
import { tablesOf, writeXlsx, type District } from '#libs/tables';
import { Trust } from '../../../../apps/platform/src/features/authority';
import { totpCode, totpStep } from '../../../../apps/platform/src/features/access/totp';
import { CeremonyKeys } from '../../../support/ceremony-keys';
import { useDatabase } from '../../../support/postgres';
import { fromBase32 } from '../../../support/second-factor';
import { serveBootstrap, type Served } from '../../../support/serve-bootstrap';
import { platformOf } from '../../../support/trust-builder';
import { clarion } from '../../../unit/apps/cli/fake-platform';
import { smallDistrict } from '../../../unit/libs/tables/small-district';

const folder = mkdtempSync(path.join(os.tmpdir(), 'clarion-first-'));
const at = (...names: readonly string[]): string => path.join(folder, ...names);
const [db, otherDb] = [useDatabase(), useDatabase()];
const papers = at('papers');
const offline = { CLARION_SESSION: at('none'), CLARION_DATA: at('none'), CLARION_DEMO_KEYS: at('none'), CLARION_URL: 'http://127.0.0.1:9' };
const json = async (words: readonly string[], environment: Readonly<Record<string, string>> = offline) => {
  const { code, out } = await clarion([...words, '--json'], environment);
  return { code, answer: JSON.parse(out) as Record<string, unknown> };
};
let keys: CeremonyKeys;
let server: Served | undefined;

beforeAll(async () => {
  keys = await CeremonyKeys.open(at('keys'));
  for (const holder of ['root-1', 'root-2', 'root-3', 'root-4', 'new-clerk']) await keys.make(holder);
  // Everybody made a key on a machine of their own and handed the public half in for the tables.
  const spkiOf = async (name: string): Promise<string> => (await keys.make(name)).record.spki;
  const people: District['people'][number][] = [];
  for (const person of smallDistrict.people) {
    people.push({
      ...person, keys: person.roles.includes('administrator') ? [] : [await spkiOf(person.id)], officerKey: person.roles.includes('officer') ? await spkiOf(`officer/${person.id}`) : '',
    });
  }
  writeFileSync(at('tables.xlsx'), await writeXlsx(tablesOf({ ...smallDistrict, people })));
});
afterAll(async () => {
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The authenticator app that everybody sets up at the first sign-in, as `./clarion factor totp` does with a person. */
async function enrol({ CLARION_URL, CLARION_SESSION }: { readonly CLARION_URL: string; readonly CLARION_SESSION: string }): Promise<void> {
  const { token } = sessionSchema.parse(JSON.parse(readFileSync(CLARION_SESSION, 'utf8')));
  const post = async (route: string, body: object): Promise<unknown> => (await fetch(`${CLARION_URL}${route}`, {
    method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'idempotency-key': randomUUID() },
  })).json();
  const { secret } = totpOfferSchema.parse(await post('/api/session/totp', {}));
  const { session } = totpConfirmedSchema.parse(await post('/api/session/totp/confirm', { code: totpCode(fromBase32(secret), totpStep(Date.now())) }));
  writeFileSync(CLARION_SESSION, JSON.stringify(session));
}

const officer = (who: string): string => `officer/${who}`;
const sign = (word: 'charter' | 'roster', who: string) => json([word, 'sign', papers, '--root', at('root.signed.json'), ...keys.words(who), '--yes']);
const assemble = () => json(['district', 'assemble', papers, '--root', at('root.signed.json')]);

describe('an installation from an empty machine, with a real root', () => {
  it('begins with tables and three root keys; what lacks is said by name, and nothing is written', async () => {
    expect((await json(['district', 'import', at('tables.xlsx'), '--out', papers])).code).toBe(0);
    const publics = ['root-1', 'root-2', 'root-3'].flatMap((name) => ['--public', keys.publicFile(name)]);
    expect((await json(['root', 'draft', '--district', 'p-heping', '--out', at('root.json'), ...publics])).code).toBe(0);
    for (const holder of ['root-1', 'root-3']) await json(['root', 'sign', existsSync(at('root.signed.json')) ? at('root.signed.json') : at('root.json'), ...keys.words(holder), '--yes']);
    const { code, answer } = await assemble();
    expect([code, (answer['lacks'] as string[]).length]).toEqual([3, 8]);
    expect((answer['lacks'] as string[])[0]).toMatch(/^charter 1 of p-heping: 0 of 2 by the keys of root 1: wants 2 more, of holder 1/);
    expect(existsSync(path.join(papers, 'bootstrap.json'))).toBe(false);
  });

  it('every person signs with one command what is theirs, in any order', async () => {
    const count = async (word: 'charter' | 'roster', who: string) => ((await sign(word, who)).answer['papers'] as unknown[]).length;
    expect([await count('charter', officer('chengguan-officer-1')), await count('roster', officer('chengguan-officer-1'))]).toEqual([2, 3]);
    expect([await count('charter', 'root-1'), await count('charter', officer('heping-officer-2')), await count('roster', officer('heping-officer-2'))]).toEqual([1, 1, 1]);
    expect((await assemble()).answer['lacks']).toHaveLength(8);
    expect([await count('charter', officer('chengguan-officer-2')), await count('roster', officer('chengguan-officer-2'))]).toEqual([2, 3]);
    expect([await count('charter', officer('heping-officer-1')), await count('roster', officer('heping-officer-1'))]).toEqual([1, 1]);
    expect((await assemble()).answer['lacks']).toEqual([expect.stringMatching(/^charter 1 of p-heping: 1 of 2 by the keys of root 1 \(holder 1/)]);
    expect(await count('charter', 'root-2')).toBe(1);
  });

  it('is put together only where each server key is the one that its roster names', async () => {
    const file = path.join(papers, 'keys', 'p-nantang.dispatcher.json');
    const own = readFileSync(file);
    writeFileSync(file, readFileSync(path.join(papers, 'keys', 'p-beigang.dispatcher.json')));
    expect(await assemble()).toMatchObject({ code: 3, answer: { lacks: [expect.stringMatching(/^dispatcher key of p-nantang/)] } });
    writeFileSync(file, own);
    expect(await assemble()).toMatchObject({ code: 0, answer: { complete: true, platforms: 4 } });
    expect([statSync(path.join(papers, 'bootstrap.json')).mode & 0o777, statSync(path.join(papers, 'first-passwords.csv')).mode & 0o777]).toEqual([0o600, 0o600]);
    expect((await assemble()).code).toBe(2);
  });

  it('is taken by a real server with a database of its own, and by no demo', async () => {
    await expect(serveBootstrap(otherDb, papers, true)).rejects.toMatchObject({ code: 'BOOTSTRAP_DEMO' });
    cpSync(path.join(papers, 'keys'), at('data', 'keys'), { recursive: true });
    cpSync(path.join(papers, 'bootstrap.json'), at('data', 'bootstrap.json'));
    server = await serveBootstrap(db, at('data'));
    const { root, charters, rosters } = server.app.get(Trust).state();
    expect([root.value.demo, charters.size, rosters.size]).toEqual([false, 4, 4]);
  });

  it('lets its people in with their first passwords, and its officers change a roster that the server cannot', async () => {
    const rows = readFileSync(path.join(papers, 'first-passwords.csv'), 'utf8').split('\r\n').map((row) => row.split(','));
    const online = { ...offline, CLARION_URL: server?.url ?? '', CLARION_SESSION: at('session') };
    writeFileSync(at('password'), rows.find(([account]) => account === 'heping-officer-1')?.[2] ?? '', { mode: 0o600 });
    expect((await json(['sign-in', '--account', 'heping-officer-1', '--password-file', at('password')], online)).code).toBe(0);
    expect((await json(['trust', 'show'], online)).answer['code']).toBe('FORBIDDEN');
    await enrol(online);
    expect((await json(['roster', 'draft', 'p-nantang', '--root', at('root.signed.json'), '--out', at('nantang.json')], online)).code).toBe(0);
    expect((await json(['roster', 'add-person', at('nantang.json'), 'nantang-deputy', '--role', 'approver', '--public', keys.publicFile('new-clerk')])).code).toBe(0);
    const signed = await json(['roster', 'sign', at('nantang.json'), '--root', at('root.signed.json'), ...keys.words(officer('chengguan-officer-1'), officer('chengguan-officer-2')), '--yes'], online);
    expect(signed).toMatchObject({ code: 0, answer: { papers: [{ marked: 1, complete: true }] } });
    expect(await json(['roster', 'publish', at('nantang.signed.json')], online)).toMatchObject({ code: 0, answer: { published: ['roster 2 of p-nantang'] } });
    expect(server?.app.get(Trust).state().rosters.get(platformOf('p-nantang'))?.value.persons.map(({ id }) => String(id))).toContain('nantang-deputy');
  });

  it('rotates its root with one key lost, and holds what it holds also after a restart', async () => {
    const online = { ...offline, CLARION_URL: server?.url ?? '', CLARION_SESSION: at('session') };
    const lost = (JSON.parse(readFileSync(keys.publicFile('root-1'), 'utf8')) as { keyId: string }).keyId;
    await json(['root', 'rotate', '--from', at('root.signed.json'), '--out', at('root-2.json'), '--remove', lost.slice(0, 16), '--public', keys.publicFile('root-4')]);
    expect((await json(['root', 'sign', at('root-2.json'), '--from', at('root.signed.json'), ...keys.words('root-2', 'root-3'), '--yes'])).code).toBe(0);
    // The lost key is one of the two on the district's charter: without another one, nobody could speak any more.
    expect((await json(['root', 'publish', at('root-2.signed.json')], online)).answer['code']).toBe('WOULD_UNSEAT');
    await json(['charter', 'draft', 'p-heping', '--root', at('root.signed.json'), '--out', at('heping.json')], online);
    await json(['charter', 'sign', at('heping.json'), '--root', at('root.signed.json'), ...keys.words('root-2', 'root-3'), '--yes'], online);
    expect((await json(['root', 'publish', at('root-2.signed.json'), at('heping.signed.json'), '--dry-run'], online)).answer).toEqual({ published: ['charter 2 of p-heping', 'root 2 of p-heping'], fallen: [] });
    expect((await json(['root', 'publish', at('root-2.signed.json'), at('heping.signed.json')], online)).code).toBe(0);
    const held = (): unknown => {
      const state = server?.app.get(Trust).state();
      return [state?.root.value.version, state?.charters.size, state?.rosters.size, state?.rosters.get(platformOf('p-nantang'))?.value.version];
    };
    expect(held()).toEqual([2, 4, 4, 2]);
    await server?.close();
    server = await serveBootstrap(db, at('data'));
    expect(held()).toEqual([2, 4, 4, 2]);
  });

  it('rotates to keys of which too few stood before: the charter goes with it, signed under both, and nothing falls', async () => {
    const online = { ...offline, CLARION_URL: server?.url ?? '', CLARION_SESSION: at('session') };
    for (const name of ['root-5', 'root-6']) await keys.make(name);
    const idOf = (name: string): string => (JSON.parse(readFileSync(keys.publicFile(name), 'utf8')) as { keyId: string }).keyId.slice(0, 16);
    await json(['root', 'rotate', '--from', at('root-2.signed.json'), '--out', at('root-3.json'), '--remove', idOf('root-2'), '--remove', idOf('root-3'), '--public', keys.publicFile('root-5'), '--public', keys.publicFile('root-6')]);
    expect((await json(['root', 'sign', at('root-3.json'), '--from', at('root-2.signed.json'), ...keys.words('root-2', 'root-3', 'root-5', 'root-6'), '--yes'])).code).toBe(0);
    await json(['charter', 'draft', 'p-heping', '--root', at('root-2.signed.json'), '--out', at('heping-3.json')], online);
    expect((await json(['charter', 'sign', at('heping-3.json'), '--root', at('root-2.signed.json'), ...keys.words('root-2', 'root-3'), '--yes'], online)).code).toBe(0);
    expect((await json(['charter', 'sign', at('heping-3.signed.json'), '--trust', at('root-3.signed.json'), ...keys.words('root-5', 'root-6'), '--yes'])).code).toBe(0);
    expect((await json(['root', 'publish', at('root-3.signed.json'), at('heping-3.signed.json')], online)).answer).toEqual({ published: ['charter 3 of p-heping', 'root 3 of p-heping'], fallen: [] });
    await server?.close();
    server = await serveBootstrap(db, at('data'));
    const state = server.app.get(Trust).state();
    expect([state.root.value.version, state.charters.size, state.rosters.size]).toEqual([3, 4, 4]);
  });
});
