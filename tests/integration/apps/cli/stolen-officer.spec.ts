import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { charter, roster } from '../../../../apps/cli/src/commands/paper';
import { revoke } from '../../../../apps/cli/src/commands/revoke';
import { trust } from '../../../../apps/cli/src/commands/trust';
import { Trust } from '../../../../apps/platform/src/features/authority';
import { CeremonyKeys } from '../../../support/ceremony-keys';
import { officerCli } from '../../../support/officer-cli';
import { useMessageFlow } from '../../../support/message-flow';
import { FEATURES } from '../../../../apps/platform/src/app.module';
import { usePlatform } from '../../../support/platform-server';
import { useDatabase } from '../../../support/postgres';
import { areaOf, makeKey } from '../../../support/trust-builder';

// docs/ceremonies.md, "An officer's key is stolen", word by word: t1 by the way on which nothing falls, t2 by the urgent one.
const server = usePlatform(useDatabase(), { features: FEATURES });
const flow = useMessageFlow(server);
const folder = mkdtempSync(path.join(os.tmpdir(), 'clarion-stolen-'));
const file = (name: string): string => path.join(folder, name);
const clarion = officerCli(server, file('none'));
const asDistrict = (command: typeof charter, ...words: readonly string[]) => clarion(command, words, undefined, 'd-officer-1');
const standing = (): readonly string[] => [...server.app.get(Trust).state().rosters.keys()].sort();
const keyOf = (platform: string, at: number): string => server.world.platform(platform).officers[at]?.key.record.keyId ?? '';
let keys: CeremonyKeys;

beforeAll(async () => {
  keys = await CeremonyKeys.open(folder);
  for (const platform of ['d', 't1', 't2']) for (const [at, { key }] of server.world.platform(platform).officers.entries()) await keys.make(`${platform}-${at + 1}`, key);
  for (const name of ['new-t1', 'new-t2']) {
    const key = await makeKey();
    await keys.make(name, key);
    writeFileSync(file(`${name}.pub.json`), JSON.stringify(key.record));
  }
  writeFileSync(file('root.json'), JSON.stringify(server.world.expected.rootEnvelope));
}, 30_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const root = (): readonly string[] => ['--root', file('root.json')];
const signed = (out: string): readonly string[] => readdirSync(file(out)).filter((name) => name.endsWith('.signed.json')).map((name) => path.join(file(out), name));
/** Two signatures on what lies in the folder, one after the other. */
async function sign(command: typeof charter, out: string, ...by: readonly string[]): Promise<void> {
  for (const one of by) expect(await asDistrict(command, 'sign', file(out), ...keys.words(one), ...root(), '--yes')).toMatchObject({ code: one === by.at(-1) ? 0 : 3 });
}
/** The next charter of a township, signed by the district's officers: a new key for its first officer, beside the old one or in its place. */
async function chartered(platform: 't1' | 't2', how: 'beside' | 'instead'): Promise<void> {
  const draft = file(`${platform}-charter/${platform}.json`);
  expect(await asDistrict(charter, 'draft', platform, '--out', draft, ...root())).toMatchObject({ code: 0 });
  if (how === 'instead') expect(await asDistrict(charter, 'remove-officer', draft, `${platform}-officer-1`)).toMatchObject({ code: 0 });
  expect(await asDistrict(charter, 'add-officer', draft, `${platform}-officer-1`, '--public', file(`new-${platform}.pub.json`))).toMatchObject({ code: 0 });
  await sign(charter, `${platform}-charter`, 'd-1', 'd-2');
  expect(await asDistrict(charter, 'publish', ...signed(`${platform}-charter`), ...root())).toMatchObject({ code: 0, answer: { fallen: [] } });
}
/** What stands below it, signed anew by the officer who stays and the new key: the villages' charters first, which list the new key as well. */
async function signedAnew(platform: 't1' | 't2', how: 'beside' | 'instead'): Promise<void> {
  const [charters, rosters] = [`${platform}-charters`, `${platform}-rosters`];
  expect(await asDistrict(charter, 'draft', '--below', platform, '--out', file(charters), ...root())).toMatchObject({ code: 0 });
  for (const village of readdirSync(file(charters))) {
    const draft = path.join(file(charters), village);
    if (how === 'instead') expect(await asDistrict(charter, 'remove-officer', draft, `${platform}-officer-1`)).toMatchObject({ code: 0 });
    expect(await asDistrict(charter, 'add-officer', draft, `${platform}-officer-1`, '--public', file(`new-${platform}.pub.json`))).toMatchObject({ code: 0 });
  }
  await sign(charter, charters, `${platform}-2`, `new-${platform}`);
  expect(await asDistrict(charter, 'publish', ...signed(charters), ...root())).toMatchObject({ code: 0, answer: { fallen: [] } });
  expect(await asDistrict(roster, 'draft', platform, '--below', platform, '--out', file(rosters), ...root())).toMatchObject({ code: 0 });
  await sign(roster, rosters, `${platform}-2`, `new-${platform}`);
  expect(await asDistrict(roster, 'publish', ...signed(rosters), ...root())).toMatchObject({ code: 0, answer: { fallen: [] } });
}

describe('an officer\'s key is stolen', () => {
  it('and nothing falls: the papers are signed anew with the new key, then the stolen one is revoked', async () => {
    await chartered('t1', 'beside');
    await signedAnew('t1', 'beside');
    const words = [keyOf('t1', 0), '--platform', 't1', ...keys.words('t1-2'), ...root()];
    expect(await clarion(revoke, [...words, '--dry-run'])).toMatchObject({ code: 0 });
    expect(await clarion(revoke, words)).toMatchObject({ code: 0 });
    expect(standing()).toEqual(['d', 't1', 't2', 'v1', 'v2', 'v3']);
  });

  it('and is revoked at once: the same papers bring everything back', async () => {
    const words = [keyOf('t2', 0), '--platform', 't2', ...keys.words('t2-2'), ...root()];
    expect(await clarion(revoke, words, undefined, 'd-officer-1')).toMatchObject({ code: 4, refusal: 'WOULD_UNSEAT' });
    expect(await clarion(revoke, [...words, '--anyway'], undefined, 'd-officer-1')).toMatchObject({ code: 0, out: expect.stringContaining('2 terminals are theirs') as string });
    expect(standing()).toEqual(['d', 't1', 'v1', 'v2']);
    expect(await asDistrict(trust, 'can-sign', 't2')).toMatchObject({ code: 3, out: expect.stringContaining('NO ROSTER IN FORCE') as string });
    await chartered('t2', 'instead');
    // An upper tier still reaches the loudspeakers of those that fell.
    await flow.settle();
    const { body: terminals } = await (await flow.as('d-officer-1')).get('/api/terminals');
    expect(terminals.map(({ id }: { id: string }) => id)).toEqual(expect.arrayContaining(['t2-term-1', 'v3-term-1']));
    expect((await flow.draft('d', { targets: { areas: [areaOf('t2-area')], terminals: [] } })).status).toBe(200);
    await signedAnew('t2', 'instead');
    expect(standing()).toEqual(['d', 't1', 't2', 'v1', 'v2', 'v3']);
    expect(server.app.get(Trust).fallen()).toMatchObject({ charters: new Map(), rosters: new Map() });
  });
});
