import { randomUUID } from 'node:crypto';
import { encodePayload } from '#libs/envelope';
import { signEnvelope } from '#libs/suites';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { usePlatform, type Answer } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { useMessageFlow } from '../../../../support/message-flow';
import { digestNamed, makeKey } from '../../../../support/trust-builder';

const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server, { without: ['v3-term-1'] });
const HOUR = 3_600_000;

const codes = ({ body }: Answer): readonly string[] => (body.fields ?? []).map((field: { path: string; code: string }) => `${field.path} ${field.code}`).sort();

/** Rows of everything that a message could change. */
async function rows(): Promise<unknown> {
  return db.asOwner(`SELECT (SELECT count(*) FROM message) AS messages, (SELECT count(*) FROM approval) AS approvals, (SELECT count(*) FROM dispatch) AS dispatches,
    (SELECT count(*) FROM delivery) AS deliveries, (SELECT count(*) FROM outbox WHERE topic NOT IN ('sound-made', 'security-events')) AS outbox, (SELECT string_agg(state, ',') FROM message) AS states`);
}

async function refusedWithoutTrace(act: () => Promise<Answer>, status: number, code: string): Promise<Answer> {
  const before = await rows();
  const answer = await act();
  expect([answer.status, answer.body.code]).toEqual([status, code]);
  expect(answer.body.message.length).toBeGreaterThan(10);
  expect(JSON.stringify(answer.body)).not.toMatch(/\bat .*\.[jt]s:\d+/);
  expect(await rows()).toEqual(before);
  return answer;
}

describe('a draft with bad input', () => {
  it('names every bad field at once, each with its own stable code', async () => {
    const now = server.clock.now();
    const answer = await refusedWithoutTrace(() => flow.draft('t1', {
      class: 'notice', text: '', title: '题'.repeat(61), segments: [{ sha256: digestNamed('nowhere'), role: 'speech' }],
      targets: { areas: ['atlantis', 't2-area', 'd-area'], terminals: ['v3-term-1', 'nobody'] }, notBefore: now, notAfter: now + 73 * HOUR, repeats: 99, surprise: 1,
    }), 403, 'INVALID');
    expect(codes(answer)).toEqual([
      'notAfter WINDOW_TOO_LONG', 'repeats REPEATS_OUT_OF_RANGE', 'segments.0.role OPENING_MISSING', 'segments.0.sha256 MEDIA_UNKNOWN', 'surprise FIELD_UNKNOWN',
      'targets.areas.0 AREA_UNKNOWN', 'targets.areas.1 AREA_FOREIGN', 'targets.areas.2 AREA_FOREIGN', 'targets.terminals.0 TERMINAL_FOREIGN', 'targets.terminals.1 TERMINAL_UNKNOWN',
      'text TEXT_EMPTY', 'title TITLE_TOO_LONG',
    ]);
  });

  it.each([
    ['a text that is too long', { text: '字'.repeat(1_001) }, 'text TEXT_TOO_LONG'],
    ['no target at all', { targets: { areas: [], terminals: [] } }, 'targets TARGET_EMPTY'],
    ['a window that is over', { notBefore: 1, notAfter: 2 }, 'notAfter WINDOW_PAST'],
    ['a window that ends before it begins', { notBefore: Date.UTC(2027, 0, 2), notAfter: Date.UTC(2027, 0, 1) }, 'notAfter WINDOW_EMPTY'],
    ['a message without any sound', { class: 'daily', severity: 'none', segments: [] }, 'segments BODY_EMPTY'],
    ['another unit', { unit: 'd-office' }, 'unit UNIT_UNKNOWN'],
    ['a predecessor nobody knows', { replaces: digestNamed('no message') }, 'replaces REPLACES_UNKNOWN'],
    ['no class', { class: undefined }, 'class FIELD_MISSING'],
  ])('refuses %s', async (_, set, code) => {
    expect(codes(await refusedWithoutTrace(() => flow.draft('t1', set), 422, 'INVALID'))).toEqual([code]);
  });

  it('refuses what would sound longer than its window, and a class of another tier', async () => {
    const now = server.clock.now();
    expect(codes(await flow.draft('t1', { notBefore: now, notAfter: now + 1_500 }))).toEqual(['segments LONGER_THAN_WINDOW']);
    expect(codes(await flow.draft('d', { class: 'governance', severity: 'none' }))).toEqual(['class CLASS_NOT_ALLOWED', 'segments.0.role SIREN_NOT_ALLOWED']);
  });

  it('refuses a target without an assigned terminal and names it', async () => {
    const answer = await refusedWithoutTrace(() => flow.draft('t2', { targets: { areas: ['t2-area', 'v3-area'], terminals: ['v3-term-1'] } }), 422, 'INVALID');
    expect(codes(answer)).toEqual(['targets.areas.1 TARGET_EMPTY', 'targets.terminals.0 TARGET_EMPTY']);
    expect(answer.body.fields[0].message).toContain('v3-area');
  });

  it('takes the declared code of an area for the area', async () => {
    const { body } = await flow.draft('t1', { targets: { areas: ['360123000003'], terminals: [] } });
    expect(body.message.targets).toEqual({ areas: ['v1-area'], terminals: [] });
    expect(body.consequence).toMatchObject({ terminals: 1, villages: 1 });
  });
});

describe('a recording that is none', () => {
  it.each([
    ['an MP3', Buffer.from('ID3\u0004abcdefghijklmnop'), 422, 'AUDIO_UNLISTED_FORMAT'],
    ['nothing', Buffer.alloc(0), 422, 'AUDIO_EMPTY'],
    ['a WAV that is cut', Buffer.from('RIFF\u0000\u0001\u0000\u0000WAVEfmt '), 422, 'AUDIO_UNREADABLE'],
  ])('refuses %s with a code', async (_, bytes, status, code) => {
    const answer = await flow.upload(await flow.as('t1-author'), bytes);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it('refuses one byte more than may be uploaded and keeps nothing of it', async () => {
    const answer = await flow.upload(await flow.as('t1-author'), new Uint8Array(33_554_433));
    expect([answer.status, answer.body.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  });
});

describe('submitting', () => {
  it('refuses keys that count for nothing here with the terminal\'s own codes', async () => {
    const author = await flow.as('t1-author');
    const submit = (message: unknown) => author.post('/api/messages', { message });
    const forged = await flow.signed('t1', {}, {}, await makeKey());
    await refusedWithoutTrace(() => submit(forged.envelope), 403, 'REJ_KEY_UNKNOWN');
    const byApprover = await flow.signed('t1', {}, {}, server.world.key('t1', 'approver-a'));
    await refusedWithoutTrace(() => submit(byApprover.envelope), 422, 'REJ_AUTHOR');
    const byDispatcher = await flow.signed('t1', {}, {}, server.world.key('v1', 'author'));
    await refusedWithoutTrace(() => submit(byDispatcher.envelope), 422, 'REJ_KEY_USAGE');
    const good = await flow.signed('t1');
    const changed = { ...good.envelope, payload: Buffer.from(JSON.stringify({ ...good.message, title: 'x' })).toString('base64') };
    await refusedWithoutTrace(() => submit(changed), 422, 'REJ_SIGNATURE');
    const events = await db.asOwner<{ code: string }>("SELECT code FROM security_event WHERE kind = 'api-refused'");
    expect(new Set(events.map(({ code }) => code))).toEqual(new Set(['REJ_KEY_UNKNOWN', 'REJ_AUTHOR', 'REJ_KEY_USAGE', 'REJ_SIGNATURE']));
  });

  it('refuses another platform\'s message and another author\'s', async () => {
    const made = await flow.signed('t1');
    await refusedWithoutTrace(async () => (await flow.as('v1-author')).post('/api/messages', { message: made.envelope, corrections: made.corrections }), 403, 'PLATFORM_FOREIGN');
  });

  it('judges the signed bytes as it judges a draft: every field at once', async () => {
    const made = await flow.signed('t1', {}, { targets: { areas: ['t1-area', '360123000003'] as never, terminals: ['nobody'] as never }, issuedAt: server.clock.now() - 11 * 60_000 });
    const answer = await refusedWithoutTrace(async () => (await flow.as('t1-author')).post('/api/messages', { message: made.envelope, corrections: made.corrections }), 422, 'INVALID');
    expect(codes(answer)).toEqual(['issuedAt ISSUED_ELSEWHEN', 'targets.areas.1 AREA_UNKNOWN', 'targets.terminals.0 TERMINAL_UNKNOWN']);
  });

  it('names every field also when a terminal would stop at the first: areas, window, target', async () => {
    const now = server.clock.now();
    const handIn = async (change: object, status = 422): Promise<Answer> => {
      const made = await flow.signed('t1', {}, change as never);
      return refusedWithoutTrace(async () => (await flow.as('t1-author')).post('/api/messages', { message: made.envelope, corrections: made.corrections }), status, 'INVALID');
    };
    const wide = await handIn({ targets: { areas: ['t1-area', 't2-area', 'atlantis', 'd-area'], terminals: [] }, notBefore: now, notAfter: now + 90 * HOUR, unit: 'd-office' }, 403);
    expect(codes(wide)).toEqual(['notAfter WINDOW_TOO_LONG', 'targets.areas.1 AREA_FOREIGN', 'targets.areas.2 AREA_UNKNOWN', 'targets.areas.3 AREA_FOREIGN', 'unit UNIT_UNKNOWN']);
    expect(JSON.stringify(wide.body.fields)).toContain('t2-area');
    expect(codes(await handIn({ targets: { areas: [], terminals: [] } }))).toEqual(['targets TARGET_EMPTY']);
    const stranger = await flow.signed('t1', {}, { targets: { areas: [], terminals: [] } }, await makeKey());
    await refusedWithoutTrace(async () => (await flow.as('t1-author')).post('/api/messages', { message: stranger.envelope }), 403, 'REJ_KEY_UNKNOWN');
  });

  it('refuses a body that is no JSON, too deep, too large or of another form', async () => {
    const author = await flow.as('t1-author');
    await refusedWithoutTrace(() => author.post('/api/messages', '{"message":'), 400, 'MALFORMED_JSON');
    await refusedWithoutTrace(() => author.post('/api/messages', `${'['.repeat(40)}${']'.repeat(40)}`), 400, 'JSON_TOO_DEEP');
    await refusedWithoutTrace(() => author.post('/api/messages', JSON.stringify({ a: 'x'.repeat(300_000) })), 413, 'PAYLOAD_TOO_LARGE');
    await refusedWithoutTrace(() => author.post('/api/messages', { message: 1, extra: true }), 422, 'INVALID');
  });

  it('answers the same idempotency key once, refuses it with another body, and refuses the same message again', async () => {
    const author = await flow.as('t1-author');
    const made = await flow.signed('t1');
    const key = randomUUID();
    const first = await author.post('/api/messages', { message: made.envelope, corrections: made.corrections, hold: true }, { 'idempotency-key': key });
    expect(first.status).toBe(201);
    const again = await author.post('/api/messages', { message: made.envelope, corrections: made.corrections, hold: true }, { 'idempotency-key': key });
    expect([again.status, again.body.id]).toEqual([201, made.id]);
    await refusedWithoutTrace(() => author.post('/api/messages', { message: made.envelope, corrections: made.corrections, hold: false }, { 'idempotency-key': key }), 409, 'IDEMPOTENCY_KEY_REUSED');
    await refusedWithoutTrace(() => author.post('/api/messages', { message: made.envelope, corrections: made.corrections }), 409, 'MESSAGE_EXISTS');
  });

  it('lets nobody submit who is not an author, and nobody approve who is not an approver', async () => {
    const made = await flow.submit('t1');
    await refusedWithoutTrace(async () => (await flow.as('t1-approver-a')).post('/api/messages', { message: made.envelope, corrections: made.corrections }), 403, 'FORBIDDEN');
    await refusedWithoutTrace(() => flow.approve('t1', made, 'approver-a', {}, 'author'), 403, 'FORBIDDEN');
    await refusedWithoutTrace(async () => server.call('POST', '/api/messages', { message: made.envelope, corrections: made.corrections }), 401, 'UNAUTHENTICATED');
  });
});

describe('approving', () => {
  it('refuses with the code that a terminal would give', async () => {
    const made = await flow.submit('t1');
    const other = await flow.submit('t1');
    await refusedWithoutTrace(() => flow.approve('t1', { ...other, id: made.id }, 'approver-a'), 422, 'REJ_APPROVAL_DIGEST');
    await refusedWithoutTrace(() => flow.approve('t1', made, 'approver-a', { displayedDigest: other.digest }), 422, 'REJ_DISPLAYED');
    await refusedWithoutTrace(() => flow.approve('t1', made, 'approver-a', { policyVersion: 7 }), 422, 'REJ_POLICY_VERSION');
    await refusedWithoutTrace(() => flow.approve('t1', made, 'approver-a', { step: 'other' }), 422, 'REJ_APPROVAL_STEP');
    await refusedWithoutTrace(() => flow.approve('t1', made, 'approver-b', {}, 'approver-a'), 403, 'SIGNER_FOREIGN');
    const byAuthor = await server.world.approval('t1', made.envelope, 'author');
    await refusedWithoutTrace(async () => (await flow.as('t1-approver-a')).post(`/api/messages/${made.id}/approvals`, { approval: byAuthor }), 422, 'REJ_APPROVER_IS_AUTHOR');
    const stolen = await signEnvelope('approval', encodePayload({ any: 1 }), [(await makeKey()).signer]);
    await refusedWithoutTrace(async () => (await flow.as('t1-approver-a')).post(`/api/messages/${made.id}/approvals`, { approval: stolen }), 403, 'REJ_KEY_UNKNOWN');
  });

  it('refuses the second signature of the same person, in one step or another', async () => {
    const made = await flow.submit('t1');
    expect((await flow.approve('t1', made, 'approver-a')).status).toBe(201);
    await refusedWithoutTrace(() => flow.approve('t1', made, 'approver-a', { signedAt: server.clock.now() + 1 }), 422, 'REJ_APPROVER_REPEATED');
  });

  it('refuses a message of another platform, one out of reach, and one that waits for nothing', async () => {
    const made = await flow.submit('t1');
    await refusedWithoutTrace(async () => (await flow.as('d-approver-a')).post(`/api/messages/${made.id}/approvals`, { approval: await server.world.approval('d', made.envelope, 'approver-a') }), 403, 'PLATFORM_FOREIGN');
    await refusedWithoutTrace(async () => (await flow.as('t2-approver-a')).post(`/api/messages/${made.id}/approvals`, { approval: await server.world.approval('t1', made.envelope, 'approver-a') }), 404, 'NOT_FOUND');
    await refusedWithoutTrace(async () => (await flow.as('t1-approver-a')).get('/api/messages/not-an-id'), 404, 'NOT_FOUND');
    const returned = await flow.approve('t1', made, 'approver-a', { decision: 'return', reason: '请改正地点' });
    expect(returned.body).toMatchObject({ state: 'returned', steps: [{ signed: [{ decision: 'return', reason: '请改正地点' }] }] });
    await refusedWithoutTrace(() => flow.approve('t1', made, 'approver-b'), 409, 'STATE_CONFLICT');
    await refusedWithoutTrace(async () => (await flow.as('t1-author')).post(`/api/messages/${made.id}/dispatch`, {}), 409, 'STATE_CONFLICT');
  });

  it('refuses a revoked key from the moment the revocation is in', async () => {
    const made = await flow.submit('t2');
    const officer = await flow.as('t2-officer-1');
    const revocation = await server.world.revocation('t2', { set: { entries: [{ keyId: server.world.key('t2', 'approver-c').record.keyId, reason: 'left', since: server.clock.now() }] } });
    expect((await officer.post('/api/revocations', { documents: [revocation] })).status).toBeLessThan(300);
    await refusedWithoutTrace(() => flow.approve('t2', made, 'approver-c'), 422, 'REJ_KEY_REVOKED');
  });
});
