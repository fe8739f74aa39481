import { statSync } from 'node:fs';
import path from 'node:path';
import { beaconSchema, PLATFORM_SOCKET } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import { verifyBeacon } from '#libs/trust';
import { Beacons, ServerKeys, Trust } from '../../../../../apps/platform/src/features/authority';
import { PlatformServer, usePlatform, type Answer } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { until } from '../../../../support/until';
import { buildWorld, NONCE, NOW, payloadOf, platformOf, terminalOf } from '../../../../support/trust-builder';

const db = useDatabase();
const server = usePlatform(db);

const codes = (answer: Answer): readonly string[] => (answer.body.fields ?? []).map((field: { path: string; code: string }) => `${field.path} ${field.code}`);
const readBeacon = (envelope: Envelope) => beaconSchema.parse(JSON.parse(new TextDecoder().decode(payloadOf(envelope))));
const outbox = () => db.asOwner<{ payload: { platform: string; documents: Envelope[] } }>("SELECT payload FROM outbox WHERE topic = 'document-push' ORDER BY created_at");

describe('revocations', () => {
  const entry = () => ({ keyId: server.world.key('t1', 'approver-a').record.keyId, reason: 'compromised' as const, since: NOW });

  it('are refused, all of them, when a wrong key signed one; each refusal has its code and becomes a security event', async () => {
    const officer = await server.signIn('d-officer-1');
    const stranger = await server.world.revocation('t1', { by: [server.world.stranger.signer] });
    const author = await server.world.revocation('t1', { by: [server.world.key('t1', 'author').signer] });
    const good = await server.world.revocation('t1');
    const answer = await officer.post('/api/revocations', { documents: [stranger, author, good] });
    expect([answer.status, answer.body.code]).toEqual([403, 'REJ_KEY_UNKNOWN']);
    expect(codes(answer)).toEqual(['documents.0 REJ_KEY_UNKNOWN', 'documents.1 REJ_KEY_USAGE']);
    expect((await officer.get('/api/trust')).body.revocations).toEqual([]);
    expect(await outbox()).toEqual([]);
    const events = await db.asOwner<{ code: string }>("SELECT code FROM security_event WHERE kind = 'document-refused' ORDER BY code");
    expect(events.map(({ code }) => code)).toEqual(['REJ_KEY_UNKNOWN', 'REJ_KEY_USAGE']);
  });

  it('signed by a township\'s officer are refused for another township', async () => {
    const officer = await server.signIn('d-officer-1');
    const answer = await officer.post('/api/revocations', { documents: [await server.world.revocation('t2', { by: server.world.officers('t1').slice(0, 1) })] });
    expect(codes(answer)).toEqual(['documents.0 REJ_KEY_USAGE']);
  });

  it('outside the caller\'s scope are refused however well signed', async () => {
    const officer = await server.signIn('t1-officer-1');
    const answer = await officer.post('/api/revocations', { documents: [await server.world.revocation('t2')] });
    expect(codes(answer)).toEqual(['documents.0 DOCUMENT_FOREIGN']);
  });

  it('signed by an officer are in force at once, stored, pushed and written to the audit', async () => {
    const officer = await server.signIn('t1-officer-1');
    const envelope = await server.world.revocation('t1', { set: { entries: [entry()] } });
    expect((await officer.post('/api/revocations', { documents: [envelope] })).body).toEqual({ accepted: 1 });
    expect(server.app.get(Trust).state().revocations.get(platformOf('t1'))?.value.version).toBe(1);
    expect((await outbox()).map(({ payload }) => payload)).toEqual([{ platform: 't1', terminals: null, documents: [envelope] }]);
    const leaves = await db.asOwner<{ body: string }>("SELECT body FROM audit_leaf WHERE kind = 'revocation.accepted'");
    expect(JSON.parse(leaves[0]?.body ?? '{}')).toMatchObject({ platform: 't1', facts: { version: 1, by: 't1-officer-1' } });
  });

  it('are never taken back: a later one without the entry is refused', async () => {
    const officer = await server.signIn('t1-officer-1');
    const other = { ...entry(), keyId: server.world.key('t1', 'approver-b').record.keyId };
    const answer = await officer.post('/api/revocations', { documents: [await server.world.revocation('t1', { set: { version: 2, entries: [other] } })] });
    expect(codes(answer)).toEqual(['documents.0 REJ_VERSION_ROLLBACK']);
  });

  it('are no place for other documents', async () => {
    const officer = await server.signIn('d-officer-1');
    expect(codes(await officer.post('/api/revocations', { documents: [await server.world.roster('t1', { set: { version: 2 } })] }))).toEqual(['documents.0 DOCUMENT_KIND']);
    expect((await officer.post('/api/revocations', { documents: [{ payloadType: 'x' }] })).body.code).toBe('INVALID');
  });
});

describe('commands', () => {
  it('with the same idempotency key give the same answer and change nothing; with another body they are refused', async () => {
    const officer = await server.signIn('d-officer-1');
    const key = { 'idempotency-key': server.clock.uuid() };
    const charter = await server.world.charter('v3', { set: { version: 2 } });
    expect((await officer.post('/api/trust/documents', { documents: [charter] }, key)).body).toEqual({ accepted: 1 });
    expect((await officer.post('/api/trust/documents', { documents: [charter] }, key)).body).toEqual({ accepted: 1 });
    const other = await officer.post('/api/trust/documents', { documents: [await server.world.charter('v3', { set: { version: 3 } })] }, key);
    expect([other.status, other.body.code]).toEqual([409, 'IDEMPOTENCY_KEY_REUSED']);
    expect(await db.asOwner("SELECT 1 FROM trust_document WHERE word = 'charter' AND platform = 'v3'")).toHaveLength(2);
    expect((await officer.get('/api/platforms')).body.find((row: { id: string }) => row.id === 'v3')).toMatchObject({ charterVersion: 2 });
  });
});

describe('beacons', () => {
  const sign = (question: Parameters<Beacons['signBeacon']>[1]) => server.app.get(Beacons).signBeacon(platformOf('v1'), question);

  it('are believed by a terminal, name the versions of the lineage, and echo nonce and counter at boot', async () => {
    const envelope = await sign({ terminal: terminalOf('v1-term-1'), nonce: NONCE, counter: 7 });
    expect(verifyBeacon(server.app.get(Trust).state(), envelope, platformOf('v1'))).toMatchObject({ ok: true });
    const beacon = readBeacon(envelope);
    expect(beacon).toMatchObject({ platform: 'v1', at: server.clock.now(), terminal: 'v1-term-1', nonce: NONCE, counter: 7 });
    expect(beacon.versions).toMatchObject({ root: 1, charters: { d: 1, t1: 1, v1: 1 }, revocations: { t1: 1 } });
  });

  it('without a question are signed once a second for everybody, and anew when a document came', async () => {
    const first = await sign('shared');
    server.clock.advance(999);
    expect(await sign('shared')).toBe(first);
    server.clock.advance(1);
    const second = await sign('shared');
    expect(second).not.toBe(first);
    const officer = await server.signIn('t1-officer-1');
    await officer.post('/api/trust/documents', { documents: [await server.world.charter('v1', { set: { version: 2 } })] });
    expect(readBeacon(await sign('shared')).versions.charters).toMatchObject({ v1: 2 });
  });

  it('carry an epoch above every earlier database\'s', async () => {
    expect(await server.app.get(Beacons).epochOf(platformOf('d'))).toBe(Math.floor(NOW / 1000));
  });
});

describe('a server whose clock was set', () => {
  const TEN_MINUTES = 600_000;
  const beacon = () => server.app.get(Beacons).signBeacon(platformOf('v1'), { terminal: terminalOf('v1-term-1'), nonce: NONCE, counter: 7 });

  it('tells no terminal the time until it is right again, says so, and raises an alarm', async () => {
    await beacon();
    server.clock.set(TEN_MINUTES);
    await expect(beacon()).rejects.toMatchObject({ code: 'CLOCK_DOUBTFUL' });
    const officer = await server.signIn('t1-officer-1');
    expect((await officer.get('/api/time')).body).toMatchObject({ at: server.clock.now(), fault: { kind: 'stepped', byMs: TEN_MINUTES } });
    await until(async () => (await db.asOwner("SELECT 1 FROM security_event WHERE kind = 'server-clock' AND platform = 'd'")).length === 1);
    const answer = await officer.post('/api/time/confirmation', { at: server.clock.now() - TEN_MINUTES });
    expect([answer.status, answer.body.code]).toEqual([422, 'CLOCK_DISAGREES']);
    server.clock.set(-TEN_MINUTES);
    expect(readBeacon(await beacon()).at).toBe(server.clock.now());
  });

  it('tells it again when a person confirms it by another clock', async () => {
    await beacon();
    server.clock.set(TEN_MINUTES);
    const at = server.clock.now() + 20_000;
    expect((await (await server.signIn('t1-author')).post('/api/time/confirmation', { at })).status).toBe(403);
    expect((await (await server.signIn('d-admin')).post('/api/time/confirmation', { at })).body).toMatchObject({ fault: null });
    expect(readBeacon(await beacon()).at).toBe(server.clock.now());
    const [leaf] = await db.asOwner<{ body: string }>("SELECT body FROM audit_leaf WHERE kind = 'time.confirmed'");
    expect(JSON.parse(leaf?.body ?? '{}')).toMatchObject({ platform: 'd', facts: { byMs: TEN_MINUTES, by: 'd-admin' } });
  });
});

describe('the gateway\'s socket', () => {
  it('is open to the server\'s own account alone', () => {
    expect(statSync(path.join(server.dataDir, PLATFORM_SOCKET)).mode & 0o777).toBe(0o600);
    expect(statSync(path.join(server.dataDir, 'run')).mode & 0o777).toBe(0o700);
  });
});

describe('another server on the same database', () => {
  it('hears of an accepted document', async () => {
    const other = await PlatformServer.start(db, {}, server as PlatformServer);
    const heard = new Promise<void>((resolve) => other.app.get(Trust).onChange(() => resolve()));
    const officer = await server.signIn('t2-officer-1');
    await officer.post('/api/trust/documents', { documents: [await server.world.charter('v3', { set: { version: 9 } })] });
    await heard;
    expect(other.app.get(Trust).state().charters.get(platformOf('v3'))?.value.version).toBe(9);
    await other.stop();
  });
});

describe('GET /api/trust/expiry', () => {
  const DAYS_300 = 300 * 86_400_000;

  it('tells everybody what of theirs ends within 90 days, and who must sign', async () => {
    expect((await (await server.signIn('t1-author')).get('/api/trust/expiry')).body).toEqual([]);
    server.clock.advance(DAYS_300);
    const seen = async (account: string) => (await (await server.signIn(account)).get('/api/trust/expiry')).body as { word: string; platform: string; stage: string; threshold: number; signers: string[] }[];
    const own = await seen('t1-author');
    expect([...new Set(own.map(({ platform }) => platform))].sort()).toEqual(['t1', 'v1', 'v2']);
    expect(own.find(({ word, platform }) => word === 'charter' && platform === 't1')).toMatchObject({ stage: 'within-90', threshold: 2, signers: ['d-officer-1', 'd-officer-2', 'd-officer-3'] });
    expect((await seen('d-officer-1')).find(({ word }) => word === 'root')?.signers).toEqual(server.world.rootKeys.map(({ record }) => record.keyId));
    server.clock.advance(-DAYS_300);
  });
});

describe('a restart', () => {
  it('believes what the stored signatures say, not what somebody wrote into the rows', async () => {
    const [row] = await db.asOwner<{ envelope: string }>("SELECT envelope FROM trust_document WHERE word = 'roster' AND platform = 't2'");
    const envelope = JSON.parse(row?.envelope ?? '') as Envelope;
    const roster = JSON.parse(new TextDecoder().decode(payloadOf(envelope)));
    roster.persons[0].roles = ['approver'];
    const forged = { ...envelope, payload: Buffer.from(JSON.stringify(roster)).toString('base64') };
    await db.asOwner("UPDATE trust_document SET envelope = $1 WHERE word = 'roster' AND platform = 't2'", [JSON.stringify(forged)]);
    const again = await PlatformServer.start(db, {}, server as PlatformServer);
    const state = again.app.get(Trust).state();
    expect(state.rosters.get(platformOf('t2'))).toBeUndefined();
    expect(state.rosters.get(platformOf('t1'))).toBeDefined();
    expect(state.revocations.get(platformOf('t1'))?.value.version).toBe(1);
    expect(() => again.app.get(ServerKeys).dispatcherOf(platformOf('t2'))).toThrow(/does not hold/);
    expect(again.app.get(ServerKeys).dispatcherOf(platformOf('t1')).key.keyId).toBe(state.rosters.get(platformOf('t1'))?.value.dispatcher.keyId);
    await again.stop();
    await db.asOwner("UPDATE trust_document SET envelope = $1 WHERE word = 'roster' AND platform = 't2'", [row?.envelope]);
  });

  it('takes no other root from the database, however complete the district below it', async () => {
    const other = await buildWorld();
    await db.asOwner('DELETE FROM trust_document');
    for (const [place, envelope] of [other.expected.rootEnvelope, ...other.expected.documents].entries()) {
      const [word] = /(root|charter|roster)/.exec(envelope.payloadType) ?? [];
      await db.asOwner(
        "INSERT INTO trust_document (word, platform, version, digest, envelope, accepted_at, accepted_by) VALUES ($1, $2, 1, $2, $3, 0, 'x')",
        [word, `p${place}`, JSON.stringify(envelope)],
      );
    }
    const again = await PlatformServer.start(db, {}, server as PlatformServer);
    expect(again.app.get(Trust).isReady()).toBe(false);
    await again.stop();
  });
});
