import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { verifyExport } from '#libs/audit';
import { auditVerdictSchema, envelopeSchema, headSchema, rosterSchema, type HeadRef } from '#libs/contracts';
import { encodePayload, unverifiedPayload } from '#libs/envelope';
import { signEnvelope } from '#libs/suites';
import { run } from '../../../../../apps/cli/src/run';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { checkLog, PgAuditStore, SequenceLeaves, WatchLogs } from '../../../../../apps/platform/src/features/audit';
import { serverScope } from '../../../../../apps/platform/src/features/access';
import { ApplyStop } from '../../../../../apps/platform/src/features/delivery/apply-stop';
import { useMessageFlow } from '../../../../support/message-flow';
import { PASSWORD, usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { digestNamed, platformOf } from '../../../../support/trust-builder';

const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server);
const scope = serverScope('test');
const folder = mkdtempSync(path.join(tmpdir(), 'clarion-audit-export-'));
afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

const sequence = async (): Promise<void> => {
  server.clock.advance(60_001);
  while ((await server.app.get(SequenceLeaves).run()) > 0);
};
const exported = async (account: string, query = ''): Promise<readonly string[]> => {
  const { token } = await flow.as(account);
  const response = await fetch(`${server.base}/api/audit/export${query}`, { headers: { authorization: `Bearer ${token}` } });
  expect(response.status).toBe(200);
  return (await response.text()).trimEnd().split('\n');
};
async function newestHead(platform: string): Promise<HeadRef> {
  const { body } = await (await flow.as('d-auditor')).get(`/api/audit/heads?platform=${platform}`);
  const { treeSize, rootHash } = headSchema.parse(unverifiedPayload(body[0]));
  return { platform: platformOf(platform), treeSize, rootHash };
}
const events = async (kind: string): Promise<readonly { code: string; platform: string }[]> =>
  (await (await flow.as('d-auditor')).get('/api/events?count=100')).body.filter((event: { kind: string }) => event.kind === kind);

/** One command line of an auditor, with what it printed. */
async function cli(...words: readonly string[]): Promise<{ readonly code: number; readonly said: string }> {
  let said = '';
  const take = (text: string): void => { said += text; };
  const code = await run(words, { keyboard: new PassThrough(), out: take, err: take }, { ...process.env, CLARION_URL: server.base, CLARION_SESSION: path.join(folder, 'session.json') });
  return { code, said };
}

describe('an exported audit', () => {
  it('holds everything that was signed, and verifies without the server', async () => {
    const { dispatch } = await flow.onAir('t1');
    await sequence();
    const head = await newestHead('t1');
    await flow.send([{ terminal: 't1-term-1', envelopes: [await flow.receipt('t1-term-1', dispatch, { state: 'acked', repetition: 0, head })] }]);
    await flow.send([{ terminal: 't1-term-1', envelopes: await flow.story('t1-term-1', dispatch) }]);
    await flow.stop('t1');
    await sequence();
    expect(await verifyExport(await exported('d-auditor'))).toMatchObject({
      ok: true, demo: true, counts: { documents: 13, devices: 5, logs: 6, messages: 3, approvals: 2, dispatches: 1, stops: 1, assignments: 5, records: 6, witnesses: 1 },
    });
    expect(await events('log-contradicted')).toEqual([]);
  });

  it('is of the own platform and those below it, or of one of them', async () => {
    expect(await verifyExport(await exported('t1-auditor'))).toMatchObject({ ok: true, counts: { logs: 3, documents: 13 } });
    expect(await verifyExport(await exported('t1-auditor', '?platform=v1&details=yes'))).toMatchObject({ ok: true, counts: { logs: 1, messages: 0 } });
    expect((await (await flow.as('t1-auditor')).get('/api/audit/export?platform=t2')).body.code).toBe('PLATFORM_FOREIGN');
    expect((await (await flow.as('t1-author')).get('/api/audit/export')).status).toBe(403);
  });

  it('is written and proved by the command line', async () => {
    const file = path.join(folder, 'audit.jsonl');
    const password = path.join(folder, 'password');
    writeFileSync(password, PASSWORD, { mode: 0o600 });
    expect(await cli('sign-in', '--account', 'd-auditor', '--password-file', password)).toMatchObject({ code: 0 });
    // The server's clock is the test's, the command line's is not.
    const kept = path.join(folder, 'session.json');
    writeFileSync(kept, JSON.stringify({ ...JSON.parse(readFileSync(kept, 'utf8')), expiresAt: Date.UTC(9999, 0) }));
    expect(await cli('audit', 'export', '--out', file)).toMatchObject({ code: 0, said: expect.stringContaining('bytes') });
    const rootFile = path.join(folder, 'root.json');
    writeFileSync(rootFile, JSON.stringify(server.world.expected.rootEnvelope));
    const proved = await cli('audit', 'verify', file, '--root', rootFile, '--witness', file, '--json');
    expect([proved.code, auditVerdictSchema.parse(JSON.parse(proved.said))]).toMatchObject([0, { ok: true }]);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"kind\\":\\"roster.accepted', '"kind\\":\\"roster.accepteD'));
    const refused = await cli('audit', 'verify', file);
    expect([refused.code, refused.said]).toEqual([4, expect.stringContaining('LEAF_CHANGED at line')]);
  });

  it('shows what somebody with the owner\'s password did to the rows behind it', async () => {
    const sound = async (): Promise<void> => expect(await verifyExport(await exported('d-auditor'))).toMatchObject({ ok: true });
    const found = async (code: string, edit: string, undo: string, values: readonly unknown[] = []): Promise<void> => {
      await db.asOwner(edit);
      expect(await verifyExport(await exported('d-auditor'))).toMatchObject({ ok: false, code });
      await db.asOwner(undo, values);
      await sound();
    };
    await sound();
    await db.asOwner('ALTER TABLE message DISABLE TRIGGER ALL');
    const [message] = await db.asOwner<{ id: string; envelope: string }>('SELECT id, envelope FROM message');
    await found('SIGNED_REFUSED', "UPDATE message SET envelope = 'x'", 'UPDATE message SET envelope = $1', [message?.envelope]);
    await db.asOwner('ALTER TABLE approval DISABLE TRIGGER ALL');
    const [approval] = await db.asOwner<{ person: string }>('SELECT person FROM approval ORDER BY person');
    await found('SIGNED_MISSING', `UPDATE approval SET person = 'somebody' WHERE person = '${approval?.person}'`, 'UPDATE approval SET person = $1 WHERE person = \'somebody\'', [approval?.person]);
    const roster = rosterSchema.parse(unverifiedPayload(server.world.expected.documents[1] ?? { payload: '' }));
    const thief = { id: 'd-thief', unit: roster.persons[0]?.unit ?? '', roles: ['approver'], keys: [server.world.stranger.record] };
    const forged = await signEnvelope('roster', encodePayload({ ...roster, version: 2, persons: [...roster.persons, thief] }), [server.world.stranger.signer]);
    await found('DOCUMENT_REFUSED',
      `INSERT INTO trust_document (word, platform, version, digest, envelope, accepted_at, accepted_by) VALUES ('roster', 'd', 2, 'f', '${JSON.stringify(forged)}', 0, 'x')`,
      "DELETE FROM trust_document WHERE digest = 'f'");
    await found('SIGNED_DIFFERS', 'DELETE FROM device_record WHERE counter = 3 RETURNING 1', 'INSERT INTO device_record SELECT * FROM json_populate_record(NULL::device_record, $1)', [await recordRow(3)]);
  });
});

async function recordRow(counter: number): Promise<string> {
  const [row] = await db.asOwner<{ row: object }>(`SELECT to_json(device_record) AS row FROM device_record WHERE counter = ${counter}`);
  return JSON.stringify(row?.row);
}

describe('erasing a person', () => {
  it('takes accounts, names and texts away and leaves every proof valid', async () => {
    await server.signIn('v2-author');
    // A stop in that account's name: its leaf tells the name in the side table alone.
    const stop = await server.world.stop('v2', { by: [server.world.key('v2', 'stopper').signer] });
    expect(await server.app.get(ApplyStop).run({ stop: envelopeSchema.parse(stop), notAfter: server.clock.now(), receivedAt: server.clock.now(), by: 'v2-author' } as never)).toBe(true);
    expect(await db.asOwner("SELECT 1 FROM stop WHERE to_jsonb(stop)::text LIKE '%v2-author%'")).toEqual([]);
    expect(await db.asOwner("SELECT 1 FROM audit_person_detail WHERE field = 'by' AND value = 'v2-author'")).toHaveLength(1);
    await sequence();
    const before = await exported('d-auditor', '?details=yes');
    expect(before.some((line) => line.includes('"value":"v2-author"'))).toBe(true);
    const admin = await server.signIn('v2-admin');
    expect((await admin.post('/api/audit/erasures', { platform: 'v2', person: 'v2-author' })).body.code).toBe('PERSON_STANDS');
    expect((await (await flow.as('v2-author')).post('/api/audit/erasures', { platform: 'v2', person: 'v2-author' })).status).toBe(403);
    // As a roster without the person leaves it.
    await db.asOwner("UPDATE account SET roles = '{}' WHERE person = 'v2-author'");
    const erased = await admin.post('/api/audit/erasures', { platform: 'v2', person: 'v2-author' });
    expect([erased.status, erased.body]).toEqual([200, { platform: 'v2', person: 'v2-author', accounts: 1, details: expect.any(Number) }]);
    expect(erased.body.details).toBeGreaterThan(0);
    expect(await db.asOwner("SELECT 1 FROM audit_person_detail WHERE value LIKE '%v2-author%' UNION ALL SELECT 1 FROM account WHERE person = 'v2-author'")).toEqual([]);
    await sequence();
    const after = await exported('d-auditor', '?details=yes');
    expect(after.some((line) => line.includes('"value":"v2-author"'))).toBe(false);
    const verdict = await verifyExport(after);
    expect(verdict).toMatchObject({ ok: true });
    expect((await admin.post('/api/audit/erasures', { platform: 'v2', person: 'v2-author' })).body.code).toBe('NOT_FOUND');
    expect((await admin.post('/api/audit/erasures', { platform: 't2', person: 't2-author' })).body.code).toBe('PLATFORM_FOREIGN');
  });
});

describe('a log that is not the one that terminals were shown', () => {
  it('is known with the first receipt that says so', async () => {
    const head = await newestHead('t1');
    const { dispatch } = await flow.onAir('t1', { title: '第二次' });
    const said = (set: Partial<HeadRef>) => flow.receipt('t1-term-1', dispatch, { state: 'acked', repetition: 0, head: { ...head, ...set } });
    await flow.send([{ terminal: 't1-term-1', envelopes: [await said({})] }]);
    expect(await events('log-contradicted')).toEqual([]);
    await flow.send([{ terminal: 't1-term-1', envelopes: [await said({ rootHash: digestNamed('another history') })] }]);
    await flow.send([{ terminal: 't1-term-1', envelopes: [await said({ treeSize: head.treeSize + 5_000 })] }]);
    expect((await events('log-contradicted')).map(({ code, platform }) => [platform, code]).sort()).toEqual([['t1', 'LOG_CUT'], ['t1', 'WITNESS_DIFFERS']]);
    await sequence();
    const lines = await exported('d-auditor');
    expect(await verifyExport(lines)).toMatchObject({ ok: false, code: 'WITNESS_DIFFERS', platform: 't1', through: head.treeSize - 1 });
    expect(await verifyExport(lines, { disregard: new Set(['t1-term-1']) })).toMatchObject({ ok: true });
  });

  it('contradicts a witness in the check as well, which says from where on', async () => {
    const store = new PgAuditStore(db.database);
    const head = await newestHead('t1');
    expect(await checkLog(store, scope, platformOf('t1'), [head])).toMatchObject({ ok: true });
    expect(await checkLog(store, scope, platformOf('t1'), [head, { ...head, treeSize: head.treeSize + 5_000 }])).toMatchObject({ ok: false, code: 'LOG_CUT' });
    expect(await checkLog(store, scope, platformOf('t1'), [{ ...head, rootHash: digestNamed('x') }])).toEqual({ ok: false, code: 'WITNESS_DIFFERS', seq: 0 });
  });

  it('becomes an event when the server looks at its own logs', async () => {
    expect([...await server.app.get(WatchLogs).run()]).toEqual([]);
    const [leaf] = await db.asOwner<{ id: string; body: string }>("SELECT id, body FROM audit_leaf JOIN audit_sequence ON leaf_id = id WHERE audit_sequence.platform = 't1' AND seq = 2");
    await db.asOwner("UPDATE audit_leaf SET body = body || ' ' WHERE id = $1", [leaf?.id]);
    expect([...await server.app.get(WatchLogs).run()]).toEqual([['t1', { ok: false, code: 'LEAF_CHANGED', seq: 2 }]]);
    expect((await events('audit-fault')).map(({ code, platform }) => [platform, code])).toEqual([['t1', 'LEAF_CHANGED']]);
    await db.asOwner('UPDATE audit_leaf SET body = $2 WHERE id = $1', [leaf?.id, leaf?.body]);
  });

  it('is known as well by a row that no leaf tells of: a planted approval, a state that nobody brought about', async () => {
    const made = await flow.submit('t1', { title: '无人签发' });
    const told = async () => (await events('audit-fault')).map(({ code }) => code).filter((code) => code.endsWith('_UNSAID')).sort();
    await server.app.get(WatchLogs).run();
    expect(await told()).toEqual([]);
    await db.asOwner("UPDATE message SET state = 'approved' WHERE id = $1", [made.id]);
    await db.asOwner(
      `INSERT INTO approval (message, author, person, step, decision, payload_digest, envelope, received_at) VALUES ($1, 't1-author', 't1-approver-a', 'issue', 'approve', $2, '{}', 0)`,
      [made.id, digestNamed('planted')],
    );
    await server.app.get(WatchLogs).run();
    expect(await told()).toEqual(['APPROVAL_UNSAID', 'STATE_UNSAID']);
  });
});
