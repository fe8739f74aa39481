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
/** The charter of a township with a new key for its first officer, signed by the district's officers; the drafts of all that stands on the old one. */
async function anew(platform: 't1' | 't2'): Promise<void> {
  const [top, below] = [`${platform}-charter`, `${platform}-below`];
  expect(await asDistrict(charter, 'draft', platform, '--out', file(`${top}/${platform}.json`), ...root())).toMatchObject({ code: 0 });
  expect(await asDistrict(charter, 'remove-officer', file(`${top}/${platform}.json`), `${platform}-officer-1`)).toMatchObject({ code: 0 });
  expect(await asDistrict(charter, 'add-officer', file(`${top}/${platform}.json`), `${platform}-officer-1`, '--public', file(`new-${platform}.pub.json`))).toMatchObject({ code: 0 });
  await sign(charter, top, 'd-1', 'd-2');
  expect(await asDistrict(charter, 'draft', '--below', platform, '--out', file(`${below}-charters`), ...root())).toMatchObject({ code: 0 });
  const villages = readdirSync(file(`${below}-charters`)).map((name) => name.slice(0, -5));
  expect(await asDistrict(roster, 'draft', platform, ...villages, '--out', file(`${below}-rosters`), ...root())).toMatchObject({ code: 0 });
}

describe('an officer\'s key is stolen', () => {
  it('and nothing falls: the papers are signed anew by officers who stay, published together, then the key is revoked', async () => {
    await anew('t1');
    await sign(charter, 't1-below-charters', 't1-2', 't1-3');
    await sign(roster, 't1-below-rosters', 't1-2', 't1-3');
    const papers = [...signed('t1-charter'), ...signed('t1-below-charters'), ...signed('t1-below-rosters')];
    expect(await asDistrict(charter, 'publish', ...papers, ...root())).toMatchObject({ code: 0, answer: { fallen: [] } });
    const words = [keyOf('t1', 0), '--platform', 't1', ...keys.words('t1-2'), ...root()];
    expect(await clarion(revoke, [...words, '--dry-run'])).toMatchObject({ code: 0 });
    expect(await clarion(revoke, words)).toMatchObject({ code: 0 });
    expect(standing()).toEqual(['d', 't1', 't2', 'v1', 'v2', 'v3']);
  });

  it('and is revoked at once: the same papers bring everything back, signed by who is left', async () => {
    const words = [keyOf('t2', 0), '--platform', 't2', ...keys.words('t2-2'), ...root()];
    expect(await clarion(revoke, words, undefined, 'd-officer-1')).toMatchObject({ code: 4, refusal: 'WOULD_UNSEAT' });
    expect(await clarion(revoke, [...words, '--anyway'], undefined, 'd-officer-1')).toMatchObject({ code: 0, out: expect.stringContaining('2 terminals are theirs') as string });
    expect(standing()).toEqual(['d', 't1', 'v1', 'v2']);
    expect(await asDistrict(trust, 'can-sign', 't2')).toMatchObject({ code: 3, out: expect.stringContaining('NO ROSTER IN FORCE') as string });
    await anew('t2');
    // Who is chartered signs next: a charter in force says who its officers are.
    expect(await asDistrict(charter, 'publish', ...signed('t2-charter'), ...root())).toMatchObject({ code: 0 });
    // An upper tier still reaches the loudspeakers of those that fell.
    await flow.settle();
    const { body: terminals } = await (await flow.as('d-officer-1')).get('/api/terminals');
    expect(terminals.map(({ id }: { id: string }) => id)).toEqual(expect.arrayContaining(['t2-term-1', 'v3-term-1']));
    expect((await flow.draft('d', { targets: { areas: [areaOf('t2-area')], terminals: [] } })).status).toBe(200);
    for (const [command, out] of [[charter, 't2-below-charters'], [roster, 't2-below-rosters']] as const) {
      await sign(command, out, 't2-2', 't2-3');
      expect(await asDistrict(command, 'publish', ...signed(out), ...root())).toMatchObject({ code: 0 });
    }
    expect(standing()).toEqual(['d', 't1', 't2', 'v1', 'v2', 'v3']);
    expect(server.app.get(Trust).fallen()).toMatchObject({ charters: new Map(), rosters: new Map() });
  });
});
