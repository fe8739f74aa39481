import { assignmentSchema, platformRoutes, type Assignment } from '#libs/contracts';
import { encodePayload, type Envelope } from '#libs/envelope';
import { signEnvelope } from '#libs/suites';
import { Terminals } from '../../../../../apps/platform/src/features/terminals';
import { RegistryReader } from '../../../../../apps/platform/src/features/terminals/registry-reader';
import { serverScope } from '../../../../../apps/platform/src/features/access';
import { usePlatform, type Answer } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { areaOf, makeKey, NOW, terminalOf, type TestKey } from '../../../../support/trust-builder';

const db = useDatabase();
const server = usePlatform(db);
const DAY = 86_400_000;

const claim = (code: string, physicalCode: string, key: TestKey) => server.internal(platformRoutes.claim.path, { code, physicalCode, key: key.record });

async function drafts(account: string): Promise<readonly Assignment[]> {
  const { body } = await (await server.signIn(account)).post('/api/assignments/draft', {});
  return body.batches.map((batch: { payload: string }) => assignmentSchema.parse(JSON.parse(Buffer.from(batch.payload, 'base64').toString())));
}
const signedBy = (assignment: Assignment, platform: string): Promise<Envelope> => signEnvelope('assignment', encodePayload(assignment), server.world.officers(platform).slice(0, 1));
const codes = (answer: Answer): readonly string[] => (answer.body.fields ?? []).map((field: { path: string; code: string }) => `${field.path} ${field.code}`);

describe('enrolment', () => {
  const keys = new Map<string, TestKey>();

  it('refuses an unknown code, a right code on another unit, and a key that no verifier takes', async () => {
    const key = await makeKey();
    expect((await claim('0000000000000000', 'DEMO-v1', key)).body).toEqual({ ok: false, code: 'CLAIM_UNKNOWN' });
    expect((await claim(server.claimCode('v1-term-1'), 'DEMO-v2', key)).body).toEqual({ ok: false, code: 'CLAIM_UNKNOWN' });
    for (const alg of ['es256', 'sm2-sm3'] as const) {
      expect((await claim(server.claimCode('v1-term-1'), 'DEMO-v1', await makeKey(alg))).body).toEqual({ ok: false, code: 'CLAIM_KEY_WEAK' });
    }
  });

  it('takes a claim code once; the same device asking again gets the same answer, another device none', async () => {
    const key = await makeKey();
    keys.set('v1-term-1', key);
    expect((await claim(server.claimCode('v1-term-1'), 'DEMO-v1', key)).body).toEqual({ ok: true, terminal: 'v1-term-1' });
    expect((await claim(server.claimCode('v1-term-1'), 'DEMO-v1', key)).body).toEqual({ ok: true, terminal: 'v1-term-1' });
    expect((await claim(server.claimCode('v1-term-1'), 'DEMO-v1', await makeKey())).body).toEqual({ ok: false, code: 'CLAIM_USED' });
    expect((await claim(server.claimCode('v2-term-1'), 'DEMO-v2', key)).body).toEqual({ ok: false, code: 'CLAIM_KEY_TAKEN' });
    const events = await db.asOwner<{ code: string }>("SELECT code FROM security_event WHERE kind = 'claim-refused'");
    expect(events.map(({ code }) => code).sort()).toEqual(['CLAIM_KEY_TAKEN', 'CLAIM_UNKNOWN', 'CLAIM_USED'].sort());
  });

  it('gives only one of many devices that claim at the same moment', async () => {
    const devices = await Promise.all(Array.from({ length: 6 }, () => makeKey()));
    const answers = await Promise.all(devices.map((key) => claim(server.claimCode('t2-term-1'), 'DEMO-t2', key)));
    const taken = answers.map(({ body }) => (body as { ok: boolean }).ok);
    expect(taken.filter(Boolean)).toHaveLength(1);
    keys.set('t2-term-1', devices[taken.indexOf(true)] ?? (await makeKey()));
  });

  it('refuses a code after 24 hours', async () => {
    const before = server.clock.now();
    server.clock.advance(NOW + DAY - before);
    expect((await claim(server.claimCode('v3-term-1'), 'DEMO-v3', await makeKey())).body).toEqual({ ok: false, code: 'CLAIM_EXPIRED' });
  });

  it('puts enrolled devices into the gateway\'s directory, which is sent only when it changed', async () => {
    const directory = (await server.internal(platformRoutes.directory.path, { revision: '' })).body as { revision: string; devices: { terminal: string; key: { keyId: string }; areas: string[] }[] };
    expect(directory.devices.map(({ terminal }) => terminal)).toEqual(['t2-term-1', 'v1-term-1']);
    expect(directory.devices[1]?.key.keyId).toBe(keys.get('v1-term-1')?.record.keyId);
    // No officer has signed where they stand: no stop reaches them yet.
    expect(directory.devices.map(({ areas }) => areas)).toEqual([[], []]);
    expect((await server.internal(platformRoutes.directory.path, { revision: directory.revision })).body).toEqual({ revision: directory.revision, devices: null });
  });

  it('asks nobody but the gateway: an unknown path and a malformed body are refused with a code', async () => {
    expect(await server.internal('/internal/nothing', {})).toEqual({ status: 404, body: { code: 'NOT_FOUND' } });
    expect(await server.internal(platformRoutes.claim.path, { code: 1 })).toEqual({ status: 400, body: { code: 'BAD_REQUEST' } });
  });
});

describe('assignments', () => {
  it('are drafted with the signed areas, for enrolled terminals in scope only', async () => {
    const [draft, ...others] = await drafts('v1-officer-1');
    expect(others).toEqual([]);
    expect(draft).toMatchObject({ platform: 'v1', terminals: [{ terminal: 'v1-term-1', version: 1, areas: [
      { id: 'v1-area', parent: 't1-area' }, { id: 't1-area', parent: 'd-area' }, { id: 'd-area', parent: null },
    ] }] });
    expect((await drafts('d-officer-1')).map(({ platform }) => platform)).toEqual(['t2', 'v1']);
  });

  it('are refused without the platform\'s officer, with another device\'s key, for terminals that are unknown or not enrolled', async () => {
    const officer = await server.signIn('d-officer-1');
    const [draft] = await drafts('v1-officer-1');
    if (draft === undefined) throw new Error('no draft');
    const [terminal] = draft.terminals;
    if (terminal === undefined) throw new Error('no terminal');
    const byStranger = await officer.post('/api/assignments', { documents: [await signedBy(draft, 't2')] });
    expect([byStranger.status, byStranger.body.code]).toEqual([422, 'REJ_KEY_USAGE']);
    const otherKey = { ...draft, terminals: [{ ...terminal, deviceKeyId: (await makeKey()).record.keyId }] };
    const unknown = { ...draft, terminals: [{ ...terminal, terminal: terminalOf('ghost') }, { ...terminal, terminal: terminalOf('v2-term-1') }] };
    const elsewhere = { ...draft, terminals: [{ ...terminal, areas: [{ id: areaOf('v2-area'), parent: areaOf('t1-area') }] }] };
    const answer = await officer.post('/api/assignments', { documents: await Promise.all([otherKey, unknown, elsewhere].map((one) => signedBy(one, 't1'))) });
    expect(codes(answer)).toEqual([
      'documents.0.terminals.0 REJ_TERMINAL', 'documents.1.terminals.0 TERMINAL_UNKNOWN', 'documents.1.terminals.1 TERMINAL_NOT_ENROLLED', 'documents.2 REJ_AREA',
    ]);
    expect((await officer.get('/api/terminals/v1-term-1')).body.state).toBe('enrolled');
  });

  it('signed by the officer are accepted, stored, sent to their terminals, and make the terminal a target', async () => {
    const officer = await server.signIn('t1-officer-1');
    const [draft] = await drafts('t1-officer-1');
    if (draft === undefined) throw new Error('no draft');
    const envelope = await signedBy(draft, 't1');
    expect((await officer.post('/api/assignments', { documents: [envelope] })).body).toEqual({ accepted: 1 });
    expect((await officer.get('/api/terminals/v1-term-1')).body).toMatchObject({ state: 'assigned', assignmentVersion: 1 });
    expect(await drafts('t1-officer-1')).toEqual([]);
    const pushed = await db.asOwner<{ payload: { terminals: string[]; documents: Envelope[] } }>("SELECT payload FROM outbox WHERE topic = 'document-push'");
    expect(pushed[0]?.payload).toMatchObject({ terminals: ['v1-term-1'], documents: [envelope] });

    const terminals = server.app.get(Terminals);
    const targets = { areas: [areaOf('t1-area')], terminals: [] };
    const targeted = await terminals.targeted(serverScope('test'), targets, [areaOf('t1-area')]);
    expect(targeted).toMatchObject({ terminals: [{ id: 'v1-term-1', online: false }], online: 0, villages: 1 });
    expect((await terminals.targeted(serverScope('test'), targets, [areaOf('t2-area')])).terminals).toEqual([]);
    expect((await terminals.targeted(serverScope('test'), { areas: [areaOf('d-area')], terminals: [] }, [areaOf('t1-area')])).terminals).toEqual([]);
    expect(terminals.lineageOf(terminalOf('v1-term-1'))).toEqual(['v1', 't1', 'd']);
    const documents = terminals.documentsFor(terminalOf('v1-term-1'), null, 0);
    expect(documents.map(({ payloadType }) => /clarion\.(\w+)/.exec(payloadType)?.[1])).toEqual(['root', 'charter', 'roster', 'charter', 'roster', 'charter', 'roster', 'assignment']);
    expect(terminals.documentsFor(terminalOf('v1-term-1'), server.world.versions('v1'), 1)).toEqual([]);
  });

  it('sent again change nothing; another one of the same version is a rollback', async () => {
    const officer = await server.signIn('t1-officer-1');
    const stored = await db.asOwner<{ envelope: string }>('SELECT envelope FROM assignment');
    expect((await officer.post('/api/assignments', { documents: [JSON.parse(stored[0]?.envelope ?? '')] })).body).toEqual({ accepted: 1 });
    expect(await db.asOwner('SELECT place FROM assignment')).toHaveLength(1);
    const before = assignmentSchema.parse(JSON.parse(Buffer.from(JSON.parse(stored[0]?.envelope ?? '').payload, 'base64').toString()));
    const again = await officer.post('/api/assignments', { documents: [await signedBy({ ...before, issuedAt: before.issuedAt + 1 }, 't1')] });
    expect(codes(again)).toEqual(['documents.0.terminals.0 REJ_VERSION_ROLLBACK']);
  });

  it('kept in a row that somebody edited stand for nothing', async () => {
    const [kept] = await db.asOwner<{ envelope: string }>('SELECT envelope FROM assignment');
    const envelope = JSON.parse(kept?.envelope ?? '') as Envelope;
    const payload = JSON.parse(Buffer.from(envelope.payload, 'base64').toString());
    payload.terminals[0].areas = [{ id: 't2-area', parent: 'd-area' }];
    await db.asOwner('UPDATE assignment SET envelope = $1', [JSON.stringify({ ...envelope, payload: Buffer.from(encodePayload(payload)).toString('base64') })]);
    await server.app.get(RegistryReader).read();
    const all = await server.app.get(Terminals).targeted(serverScope('test'), { areas: [areaOf('d-area')], terminals: [] }, [areaOf('d-area')]);
    expect(all.terminals).toEqual([]);
    // Nobody stands under it here now, yet the terminal holds version 1: a second version 1 would split the two.
    server.clock.advance(1);
    const officer = await server.signIn('t1-officer-1');
    const [draft] = await drafts('t1-officer-1');
    if (draft === undefined) throw new Error('no draft');
    expect(draft.terminals[0]?.version).toBe(2);
    const first = { ...draft, terminals: draft.terminals.map((terminal) => ({ ...terminal, version: 1 })) };
    expect(codes(await officer.post('/api/assignments', { documents: [await signedBy(first, 't1')] }))).toEqual(['documents.0.terminals.0 REJ_VERSION_ROLLBACK']);
    await db.asOwner('UPDATE assignment SET envelope = $1', [kept?.envelope]);
    await server.app.get(RegistryReader).read();
  });
});

describe('presence', () => {
  const presence = (body: object) => server.internal(platformRoutes.presence.path, body);
  const change = (terminal: string, online: boolean, at = server.clock.now()) => ({ terminal, online, at, address: '127.0.0.1' });

  it('is kept as intervals; a gateway that starts anew ends what it no longer has', async () => {
    await presence({ gateway: 'g1', reset: true, changes: [change('v1-term-1', true), change('t2-term-1', true)] });
    const officer = await server.signIn('d-officer-1');
    expect((await officer.get('/api/terminals/v1-term-1')).body).toMatchObject({ online: true, since: server.clock.now() });
    expect((await officer.get('/api/areas')).body[0]).toMatchObject({ id: 'd-area', online: 2 });
    server.clock.advance(5_000);
    await presence({ gateway: 'g1', reset: true, changes: [change('t2-term-1', true)] });
    expect((await officer.get('/api/terminals/v1-term-1')).body.online).toBe(false);
    const rows = await db.asOwner<{ terminal: string; length: string | null }>('SELECT terminal, (until - since)::text AS length FROM terminal_presence ORDER BY terminal');
    expect(rows).toEqual([{ terminal: 't2-term-1', length: null }, { terminal: 'v1-term-1', length: '5000' }]);
  });

  it('follows exchanges, too: a terminal that is heard is online, and its latest health is shown', async () => {
    const health = { state: 'ready', playing: null, volumePermille: 800, muted: false, amplifier: 'ok', isolatedUntil: null, supply: 'mains', clockOffsetMs: 1, spooledReceipts: 0, freeDiskMiB: 100 } as const;
    await server.app.get(Terminals).recordHealth([{ terminal: terminalOf('v1-term-1'), at: server.clock.now(), health: { ...health } }]);
    const officer = await server.signIn('d-officer-1');
    expect((await officer.get('/api/terminals/v1-term-1')).body).toMatchObject({ online: true, health });
  });

  it('of a terminal that nobody knows is not written', async () => {
    await presence({ gateway: 'g1', reset: false, changes: [change('ghost', true)] });
    expect(await db.asOwner("SELECT 1 FROM terminal_presence WHERE terminal = 'ghost'")).toEqual([]);
  });
});
