import { rmSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { platformRoutes, type HeadRef, type HistoryView, type Versions } from '#libs/contracts';
import { sha256Hex } from '#libs/suites';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { AuditLog, SequenceLeaves } from '../../../../../apps/platform/src/features/audit';
import { silentLog } from '../../../../../apps/platform/src/kernel/log';
import { HistoryWatch } from '../../../../../apps/platform/src/features/authority/history-watch';
import { HistoryFiles } from '../../../../../apps/platform/src/features/authority/kept-history';
import { FakeGateway } from '../../../../support/fake-gateway';
import { MessageFlow } from '../../../../support/message-flow';
import { PlatformServer } from '../../../../support/platform-server';
import { openTestDatabase, type OpenDatabase } from '../../../../support/postgres';
import { NOW, platformOf } from '../../../../support/trust-builder';

const options = { features: FEATURES };
let db: OpenDatabase;
let server: PlatformServer;
let gateway: FakeGateway;
let flow: MessageFlow;
/** The database's name, and that of the older copy of it. */
let [name, older] = ['', ''];
let known: { readonly versions: Versions; readonly head: HeadRef };
let revocation: Awaited<ReturnType<PlatformServer['world']['revocation']>>;

async function sql(text: string): Promise<void> {
  const client = new Client({ connectionString: new URL('/postgres', db.ownerUrl).href });
  await client.connect();
  await client.query(text);
  await client.end();
}

/** The server ends and starts on that database. */
async function startOn(database: string): Promise<void> {
  await server.stop().catch(() => undefined);
  await gateway.close();
  server = await PlatformServer.start({ appUrl: db.appUrl.replace(name, database) }, options, server);
  gateway = new FakeGateway(server.dataDir);
  const devices = flow.devices;
  flow = new MessageFlow(server, gateway);
  await flow.resume(devices);
}

async function signHeads(): Promise<void> {
  server.clock.advance(61_000);
  await server.app.get(SequenceLeaves).run();
  await server.app.get(HistoryWatch).look();
}

async function exchange(terminal: string, set: object): Promise<void> {
  const health = { state: 'ready', playing: null, volumePermille: 1000, muted: false, amplifier: 'ok', isolatedUntil: null, supply: 'mains', clockOffsetMs: 0, spooledReceipts: 0, freeDiskMiB: 100 };
  const { status } = await server.internal(platformRoutes.exchanges.path, { exchanges: [{ terminal, exchange: { kind: 'exchange', health, counter: 0, versions: null, assignmentVersion: 0, held: sha256Hex(new Uint8Array()), nonce: null, ...set } }] });
  expect(status).toBe(200);
}

const history = async (): Promise<HistoryView['doubt']> => (await (await flow.as('d-officer-1')).get('/api/history')).body.doubt;
const raise = async () => (await flow.as('d-officer-1')).post('/api/history/epoch', { reason: '备份恢复' });
const copyBack = (): Promise<void> => sql(`DROP DATABASE IF EXISTS ${older}_now WITH (FORCE)`).then(() => sql(`CREATE DATABASE ${older}_now TEMPLATE ${older}`)).then(() => startOn(`${older}_now`));

beforeAll(async () => {
  db = await openTestDatabase();
  await db.database.close();
  name = new URL(db.appUrl).pathname.slice(1);
  older = `${name}_older`;
  server = await PlatformServer.start(db, options);
  gateway = new FakeGateway(server.dataDir);
  flow = new MessageFlow(server, gateway);
  await flow.prepare();
  await flow.onAir('t1');
  await signHeads();
  await server.stop();
  await sql(`CREATE DATABASE ${older} TEMPLATE ${name}`);
  await startOn(name);
  // What the older copy will not know: a key that was taken out of use, and a warning.
  revocation = await server.world.revocation('t1', { set: { issuedAt: server.clock.now(), entries: [{ keyId: server.world.key('t1', 'approver-a').record.keyId, reason: 'compromised', since: NOW }] } });
  expect((await (await flow.as('t1-officer-1')).post('/api/revocations', { documents: [revocation] })).body).toEqual({ accepted: 1 });
  await flow.onAir('v3');
  await signHeads();
  const head = (await server.app.get(AuditLog).heads()).find(({ platform }) => platform === 'v3');
  if (head === undefined) throw new Error('no head of v3');
  known = { head, versions: { ...server.world.versions('t1'), revocations: { [platformOf('t1')]: 1 } } };
}, 120_000);
afterAll(async () => {
  await server.stop();
  await gateway.close();
  server.remove();
  for (const one of [older, `${older}_now`, name]) await sql(`DROP DATABASE IF EXISTS ${one} WITH (FORCE)`);
}, 60_000);

describe('an older copy of the database, put back (T78)', () => {
  it('is noticed by what lies beside it: nothing is dispatched until what is lost is back and the epoch is raised', async () => {
    expect(await history()).toBeNull();
    await copyBack();
    const doubt = await history();
    expect(doubt?.missing).toEqual([{ word: 'revocation', platform: 't1', version: 1, envelope: expect.objectContaining({ payload: revocation.payload }) }]);
    expect(doubt?.logs.map(({ platform }) => platform).sort()).toEqual(['t1', 'v3']);
    // The copy believes the revoked key; nothing that it signs goes out, nor what others sign.
    const revoked = await flow.submit('t1');
    await flow.approve('t1', revoked, 'approver-b');
    expect((await flow.approve('t1', revoked, 'approver-a')).body.code).toBe('DATABASE_DOUBTFUL');
    const other = await flow.submit('v1');
    expect(await flow.approve('v1', other, 'approver-a')).toMatchObject({ status: 503, body: { code: 'DATABASE_DOUBTFUL' } });
    expect((await raise()).body.code).toBe('DOCUMENTS_MISSING');
    await flow.settle();
    const incidents = (await (await flow.as('d-officer-1')).get('/api/incidents')).body as { kind: string; platform: string }[];
    expect(incidents).toContainEqual(expect.objectContaining({ kind: 'altered-record', platform: 'd' }));
    expect((await (await flow.as('d-officer-1')).post('/api/trust/documents', { documents: doubt?.missing.map(({ envelope }) => envelope) })).body).toEqual({ accepted: 1 });
    expect((await flow.approve('v1', other, 'approver-a')).body.code).toBe('DATABASE_DOUBTFUL');
    expect(await raise()).toMatchObject({ status: 200, body: { doubt: null } });
    expect((await flow.approve('t1', revoked, 'approver-a')).body.code).toBe('REJ_KEY_REVOKED');
    expect((await flow.approve('v1', other, 'approver-a')).status).toBe(201);
    await flow.settle();
    const { dispatch } = await flow.onAir('v2');
    expect(dispatch.epoch).toBe(Math.floor(server.clock.now() / 1_000));
    // Written down, so that it stays accepted after a start.
    expect(new HistoryFiles(server.dataDir, silentLog).marks()).toMatchObject({ doubtSince: null, accepted: expect.arrayContaining([known.head].map(({ platform, treeSize }) => ({ platform, treeSize }))) });
  }, 60_000);

  it('is noticed by the terminals where the files went back as well, by two that say the same', async () => {
    const files = (): void => { for (const file of ['history.json', 'documents.jsonl']) rmSync(path.join(server.dataDir, file), { force: true }); };
    files();
    await copyBack();
    files();
    expect(await history()).toBeNull();
    await exchange('t1-term-1', { versions: known.versions });
    await exchange('v3-term-1', { head: known.head });
    // One terminal alone, whoever holds it, stops nothing.
    expect(await history()).toBeNull();
    await exchange('v1-term-1', { head: { ...known.head, treeSize: 9_999 } });
    expect(await history()).toBeNull();
    await exchange('v2-term-1', { head: known.head });
    expect(await history()).toMatchObject({ logs: [{ platform: 'v3', treeSize: known.head.treeSize }], missing: [] });
    await exchange('v2-term-1', { versions: known.versions });
    expect((await history())?.missing).toEqual([{ word: 'revocation', platform: 't1', version: 1, envelope: null }]);
    expect((await raise()).body.code).toBe('DOCUMENTS_MISSING');
    expect((await (await flow.as('t1-officer-1')).post('/api/revocations', { documents: [revocation] })).status).toBe(200);
    expect((await raise()).status).toBe(200);
    // Terminals go on remembering what is lost; it was accepted.
    for (const terminal of ['v2-term-1', 'v3-term-1']) await exchange(terminal, known);
    expect(await history()).toBeNull();
  }, 60_000);

  it('is raised by an officer of the district alone', async () => {
    expect((await (await flow.as('t1-officer-1')).post('/api/history/epoch', { reason: 'x' })).body.code).toBe('FORBIDDEN');
    expect((await (await flow.as('d-author')).get('/api/history')).status).toBe(403);
  });
});
