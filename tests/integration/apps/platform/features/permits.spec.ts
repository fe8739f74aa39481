import { dispatchSchema, permitIdSchema, rosterSchema, type Dispatch, type Permit } from '#libs/contracts';
import { encodePayload, unverifiedPayload, type Envelope } from '#libs/envelope';
import { signEnvelope, type Signer } from '#libs/suites';
import { admit } from '#libs/trust';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { Trust } from '../../../../../apps/platform/src/features/authority';
import { codeOf, factsFor } from '../../../../support/admit-facts';
import { useMessageFlow } from '../../../../support/message-flow';
import { usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { digestOf, personOf, platformOf } from '../../../../support/trust-builder';

const HOUR = 3_600_000;
const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server);
let permit: Envelope;
let rosterVersion = 1;

const key = (platform: string, who: string): Signer => server.world.key(platform, who).signer;
const half = (envelope: Envelope, at: number): Envelope => ({ ...envelope, signatures: envelope.signatures.slice(at, at + 1) });
const given = async (who: string, envelope: Envelope) => (await flow.as(who)).post('/api/permits', { permit: envelope });
const listed = async (who = 'v1-author') => (await (await flow.as(who)).get('/api/permits')).body as readonly { readonly digest: string; readonly state: string; readonly usedToday: number; readonly leftToday: number; readonly signedBy: readonly string[] }[];
const paths = (body: { readonly fields?: readonly { readonly path: string; readonly code: string }[] }) => (body.fields ?? []).map(({ path, code }) => `${path} ${code}`);

function terms(set: Partial<Permit> = {}): Partial<Permit> {
  const now = server.clock.now();
  return { permitId: permitIdSchema.parse(server.clock.uuid()), notBefore: now, notAfter: now + 300 * 24 * HOUR, issuedAt: now, ...set };
}
/** Nobody's session lasts so long. */
function nextDay(): void {
  server.clock.advance(24 * HOUR);
  flow.callers.clear();
}
/** The officers' next roster of the village with these permits. */
async function roster(permits: readonly Envelope[]): Promise<void> {
  rosterVersion += 1;
  const before = server.world.expected.documents.map((envelope) => rosterSchema.safeParse(unverifiedPayload(envelope)).data).find((one) => one?.platform === platformOf('v1'));
  const next = await signEnvelope('roster', encodePayload({ ...before, permits: permits.map(digestOf), version: rosterVersion, issuedAt: server.clock.now() }), server.world.officers('v1').slice(0, 2));
  const answer = await (await flow.as('d-officer-1')).post('/api/trust/documents', { documents: [next] });
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
}
const recording = (set: object = {}) => ({
  class: 'governance', severity: 'none', eventType: 'village-affairs', title: '村务通知', text: '明天上午九点在村委会开会。', volume: 'normal', repeats: 1,
  segments: [{ sha256: flow.speech, role: 'recording' }], permit: digestOf(permit), ...set,
});

beforeAll(async () => {
  permit = await server.world.permit('v1', { set: terms() });
});

describe('a live permit on the platform', () => {
  it('is signed by one after the other, each by his own hand, and counts when the officers list it', async () => {
    const first = await given('v1-approver-a', half(permit, 0));
    expect([first.status, first.body.state, first.body.signedBy]).toEqual([201, 'half-signed', ['v1-approver-a']]);
    expect((await given('v1-approver-a', half(permit, 1))).body.code).toBe('SIGNER_FOREIGN');
    expect((await given('t1-approver-b', half(permit, 1))).body).toMatchObject({ state: 'signed', signedBy: ['v1-approver-a', 't1-approver-b'], listed: false });
    expect((await given('t1-approver-b', permit)).body.state).toBe('signed');
    expect(paths((await flow.draft('v1', recording())).body)).toEqual(['permit PERMIT_NOT_LISTED']);
    await roster([permit]);
    expect((await listed())[0]).toMatchObject({ state: 'in-force', usedToday: 0, leftToday: 2 });
    const kinds = await db.asOwner<{ facts: string }>("SELECT body AS facts FROM audit_leaf WHERE kind = 'permit.signed' ORDER BY id");
    expect(kinds.map(({ facts }) => (JSON.parse(facts) as { facts: { person: string } }).facts.person).sort()).toEqual(['t1-approver-b', 'v1-approver-a']);
  });

  it('is refused where it is not for this village, by its clerk, or for who may not sign', async () => {
    const forClerk = await server.world.permit('v1', { set: terms(), by: [key('v1', 'author')] });
    expect((await given('v1-author', forClerk)).body.code).toBe('FORBIDDEN');
    const elsewhere = await server.world.permit('v3', { set: terms(), by: [key('d', 'approver-a')] });
    expect((await given('v1-approver-a', elsewhere)).body.code).toBe('PLATFORM_FOREIGN');
    const town = await server.world.permit('v1', { set: terms({ platform: platformOf('t1'), clerk: personOf('t1-author') }), by: [key('t1', 'approver-a')] });
    expect((await given('t1-approver-a', town)).body.code).toBe('REJ_PERMIT');
    const twice = await server.world.permit('v1', { set: terms(), by: [key('v1', 'stopper')] });
    expect((await given('v1-approver-a', twice)).body.code).toBe('REJ_APPROVER_ROLE');
    expect((await listed('t2-author')).length).toBe(0);
  });

  it('puts the clerk\'s recording on the air with the clerk\'s signature alone, and terminals take it', async () => {
    const made = await flow.submit('v1', recording());
    await flow.settle();
    const view = (await (await flow.as('v1-author')).get(`/api/messages/${made.id}`)).body;
    expect(view).toMatchObject({ state: 'dispatched', permit: digestOf(permit), steps: [] });
    const order = flow.gateway.frames('order').map(({ frame }) => frame.order).find(({ message }) => digestOf(message as Envelope) === made.digest);
    const dispatch: Dispatch = dispatchSchema.parse(unverifiedPayload(order?.dispatch as Envelope));
    expect(dispatch).toMatchObject({ permit: digestOf(permit), approvals: [] });
    const now = server.clock.now();
    expect(codeOf(admit(factsFor(server.world, 'v1', order, { trust: server.app.get(Trust).state(), now, beaconAt: now })))).toBe('play');
    expect((await listed())[0]).toMatchObject({ usedToday: 1, leftToday: 1 });
  });

  it('says everything at once in which a draft goes beyond it', async () => {
    await flow.draft('v1');
    const { body } = await flow.draft('v1', recording({ class: 'notice', volume: 'full', segments: [{ sha256: flow.siren, role: 'chime' }, { sha256: flow.speech, role: 'speech' }], notAfter: server.clock.now() + 48 * HOUR }));
    expect(paths(body).sort()).toEqual(['class PERMIT_CLASS', 'notAfter PERMIT_WINDOW', 'segments PERMIT_BODY', 'volume PERMIT_LOUDER']);
    expect(paths((await flow.draft('v1', recording({ notBefore: server.clock.now() + 9 * HOUR, notAfter: server.clock.now() + 10 * HOUR }))).body)).toEqual(['notBefore PERMIT_HOURS']);
    expect(paths((await flow.draft('v1', recording({ permit: 'a'.repeat(64) }))).body)).toEqual(['permit PERMIT_UNKNOWN']);
    const made = await flow.signed('v1', recording());
    const held = await (await flow.as('v1-author')).post('/api/messages', { message: made.envelope, hold: true });
    expect(paths(held.body)).toEqual(['hold PERMIT_HOLD']);
  });

  it('counts by the day, what begins later among it, and two at the same moment do not pass for one', async () => {
    const later = await flow.submit('v1', recording({ title: '稍后', notBefore: server.clock.now() + 2 * HOUR, notAfter: server.clock.now() + 3 * HOUR }));
    expect((await (await flow.as('v1-author')).get(`/api/messages/${later.id}`)).body.state).toBe('approved');
    expect(paths((await flow.draft('v1', recording())).body)).toEqual(['permit PERMIT_DAY_FULL']);
    server.clock.advance(2 * HOUR - 1_000);
    await db.asOwner("UPDATE outbox SET due_at = now() WHERE topic = 'message-due'");
    await flow.settle();
    expect((await (await flow.as('v1-author')).get(`/api/messages/${later.id}`)).body.state).toBe('dispatched');
    nextDay();
    expect((await listed())[0]).toMatchObject({ usedToday: 0, leftToday: 2 });
    await flow.submit('v1', recording({ title: '第二天' }));
    const author = await flow.as('v1-author');
    const both = [await flow.signed('v1', recording({ title: '同时' })), await flow.signed('v1', recording({ title: '一起' }))];
    const answers = await Promise.all(both.map(({ envelope }) => author.post('/api/messages', { message: envelope })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 422]);
    expect(answers.flatMap(({ body }) => paths(body))).toEqual(['permit PERMIT_DAY_FULL']);
  });

  it('ends with the officers\' roster without it, on the platform and at a terminal, and a withdrawn one is used by nobody here', async () => {
    nextDay();
    await roster([]);
    expect((await listed())[0]?.state).toBe('signed');
    expect(paths((await flow.draft('v1', recording())).body)).toEqual(['permit PERMIT_NOT_LISTED']);
    await roster([permit]);
    const withdrawn = await (await flow.as('t1-officer-1')).post(`/api/permits/${digestOf(permit)}/withdraw`, { reason: '换人' });
    expect(withdrawn.body).toMatchObject({ state: 'withdrawn', withdrawnBy: 't1-officer-1' });
    expect(paths((await flow.draft('v1', recording())).body)).toEqual(['permit PERMIT_WITHDRAWN']);
    expect((await given('v1-approver-a', permit)).body.code).toBe('STATE_CONFLICT');
    expect((await (await flow.as('t1-officer-1')).post(`/api/permits/${digestOf(permit)}/withdraw`, {})).status).toBe(409);
    expect((await (await flow.as('v3-officer-1')).post(`/api/permits/${digestOf(permit)}/withdraw`, {})).status).toBe(404);
  });

  it('is refused at once with two signatures that can never count: browsers\' software keys, neither of them verified', async () => {
    const soft = await server.world.permit('v1', { set: terms(), by: [key('v1', 'approver-b'), key('t1', 'approver-b')] });
    expect((await given('v1-approver-b', soft)).body.code).toBe('REJ_VERIFICATION');
    expect((await given('v1-approver-b', half(soft, 0))).body.state).toBe('half-signed');
    expect((await given('t1-approver-b', half(soft, 1))).body.code).toBe('REJ_VERIFICATION');
    expect((await listed()).find(({ digest }) => digest === digestOf(soft))).toMatchObject({ state: 'half-signed', signedBy: ['v1-approver-b'] });
  });
});
