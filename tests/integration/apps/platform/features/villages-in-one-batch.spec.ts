import { readFileSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { LIMITS, type CanSign, type KeyRecord } from '#libs/contracts';
import { FOUNDATION } from '../../../../../apps/platform/src/app.module';
import { Trust } from '../../../../../apps/platform/src/features/authority';
import { draftPaper, keepPapers, keyRequest, requestId, rostersInForce, signPapers, type DraftedPaper } from '../../../../support/key-life';
import { makeVillages, withVillages, type Village } from '../../../../support/many-villages';
import { makePasskey } from '../../../../support/passkey';
import { usePlatform, type Caller } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { makeKey, MIXED, personOf, type TestKey } from '../../../../support/trust-builder';

const COUNT = 87;
const SHIPPED = JSON.parse(readFileSync(path.resolve(__dirname, '../../../../../policy/default.json'), 'utf8'));
let villages: readonly Village[] = [];
const db = useDatabase();
const server = usePlatform(db, {
  // The officers sign in a browser.
  features: FOUNDATION, suites: { ...MIXED, servers: 'es256' },
  bootstrap: async (bootstrap, world) => {
    villages = await makeVillages(COUNT);
    return withVillages(bootstrap, world, villages, SHIPPED);
  },
});

/** As many in one request as it may hold. */
function chunks(papers: readonly DraftedPaper[]): readonly (readonly DraftedPaper[])[] {
  return papers.reduce<DraftedPaper[][]>((all, paper) => {
    const last = all.at(-1);
    if (last === undefined || JSON.stringify([...last, paper]).length > LIMITS.apiBodyBytes - 1_024) all.push([paper]);
    else last.push(paper);
    return all;
  }, []);
}

it('87 villages get their clerks\' new keys in one batch that two officers sign once each, and each signature is verified', async () => {
  const renewed = new Map<string, { readonly key: TestKey; readonly old: string; readonly request: Awaited<ReturnType<typeof keyRequest>> }>();
  for (const { id, clerk } of villages) {
    const key = await makeKey('es256');
    const request = await keyRequest(id, `${id}-clerk`, key, { replaces: clerk.record.keyId, reason: 'lost', madeAt: server.clock.now() });
    const asked = await (await server.signIn(`${id}-clerk`)).post('/api/keys/requests', request);
    expect([id, asked.status]).toEqual([id, 201]);
    renewed.set(id, { key, old: clerk.record.keyId, request });
  }
  const officer = await server.signIn('t1-officer-1');
  const [one, two] = server.world.officers('t1');
  if (one === undefined || two === undefined) throw new Error('two officers');
  expect((await officer.get('/api/keys/requests')).body).toHaveLength(COUNT);

  const began = performance.now();
  const held = await rostersInForce(officer);
  const papers = [...renewed].map(([id, { key, old, request }]) => {
    const roster = held.get(id);
    if (roster === undefined) throw new Error(id);
    return draftPaper(roster, [{ person: personOf(`${id}-clerk`), key: key.record, replaces: request.request.replaces, reason: old === request.request.replaces ? 'lost' : 'new' }], server.clock.now(), [requestId(request)]);
  });
  for (const chunk of chunks(papers)) expect((await keepPapers(officer, chunk)).status).toBe(201);
  expect((await signPapers(officer, papers, one)).body.waiting).toHaveLength(COUNT);
  const first = performance.now();
  const published = await signPapers(officer, papers, two);
  const done = performance.now();
  expect([published.status, published.body.published?.length, published.body.waiting]).toEqual([200, COUNT, []]);

  const state = server.app.get(Trust).state();
  for (const [id, { key, old }] of renewed) {
    const roster = [...state.rosters.values()].find(({ value }) => value.platform === id);
    expect(roster?.value).toMatchObject({ version: 2, revocations: [{ keyId: old, reason: 'compromised' }] });
    expect(roster?.value.persons[0]?.keys).toEqual([key.record]);
  }
  expect((await officer.get('/api/keys/requests')).body).toEqual([]);
  console.info(`87 villages: draft, keep and first officer ${((first - began) / 1_000).toFixed(1)} s, second officer and publication ${((done - first) / 1_000).toFixed(1)} s, ${chunks(papers).length} uploads of drafts`);
}, 120_000);

/** The table of who can sign now, of these villages: each emergency row once, and of how many villages it is told. */
async function emergencies(officer: Caller, wanted: readonly Village[]): Promise<Readonly<Record<string, number>>> {
  const { body } = await officer.get('/api/trust/can-sign');
  const rows = (body as readonly CanSign[]).filter(({ platform }) => wanted.some(({ id }) => id === platform)).map(({ cases }) => cases.find(({ classes }) => classes.includes('emergency')));
  const said = rows.map((row) => `${row?.classes.join(' ')}: ${row?.able} of ${row?.of}, lacks ${row?.lacks}`);
  return Object.fromEntries([...new Set(said)].map((one) => [one, said.filter((other) => other === one).length]));
}

it('with software keys they have lost their own warnings, which the table says; with passkeys, in one batch again, they can sign an emergency', async () => {
  const officer = await server.signIn('t1-officer-1');
  expect(await emergencies(officer, villages)).toEqual({ 'emergency advisory: 1 of 1, lacks verified': COUNT });

  const [some, [onlyClerk]] = [villages.slice(0, 12), villages.slice(12, 13)];
  if (onlyClerk === undefined) throw new Error('thirteen villages');
  const held = await rostersInForce(officer);
  const record = async (): Promise<KeyRecord> => (await makePasskey()).key;
  const papers = await Promise.all([...some, onlyClerk].map(async (village) => {
    const roster = held.get(village.id);
    if (roster === undefined) throw new Error(village.id);
    const persons = roster.roster.persons.filter(({ id }) => village !== onlyClerk || id === `${village.id}-clerk`);
    return draftPaper(roster, await Promise.all(persons.map(async ({ id, keys: [old] }) => ({ person: id, key: await record(), replaces: old?.keyId ?? null, reason: 'changed' as const }))), server.clock.now());
  }));
  for (const chunk of chunks(papers)) expect((await keepPapers(officer, chunk)).status).toBe(201);
  const [one, two] = server.world.officers('t1');
  if (one === undefined || two === undefined) throw new Error('two officers');
  await signPapers(officer, papers, one);
  expect((await signPapers(officer, papers, two)).body.published).toHaveLength(papers.length);

  expect(await emergencies(officer, some)).toEqual({ 'emergency advisory: 1 of 1, lacks null': some.length });
  // An author with a passkey and an approver without one are one too few: all who sign are verified.
  expect(await emergencies(officer, [onlyClerk])).toEqual({ 'emergency advisory: 1 of 1, lacks verified': 1 });
}, 60_000);
