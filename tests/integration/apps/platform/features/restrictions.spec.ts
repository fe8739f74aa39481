import { platformRoutes, restrictionSchema, type ExchangeAnswer, type RestrictionPayload } from '#libs/contracts';
import { encodePayload, type Envelope } from '#libs/envelope';
import { sha256Hex, signEnvelope } from '#libs/suites';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { readPayload, useMessageFlow } from '../../../../support/message-flow';
import { usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import type { PlatformName } from '../../../../support/trust-builder';

const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server);
const MINUTE = 60_000;
const DAY = 86_400_000;

async function period(platform: PlatformName, set: Partial<RestrictionPayload> = {}, officers = 2): Promise<Envelope> {
  const at = server.clock.now();
  return server.world.restriction(platform, {
    by: server.world.officers(platform).slice(0, officers),
    set: { restrictionId: server.clock.uuid() as never, kind: 'period', approvals: 2, issuedAt: at, notBefore: at, notAfter: at + DAY, ...set },
  });
}
const post = async (envelope: unknown, who = 't1-officer-1') => (await flow.as(who)).post('/api/restrictions', { restriction: envelope });
const listed = async (who = 't1-author') => (await (await flow.as(who)).get('/api/restrictions')).body as readonly { restrictionId: string; terminals: number }[];
const digestOf = ({ payload }: Envelope) => sha256Hex(Buffer.from(payload, 'base64'));
const NOTICE = { class: 'notice', severity: 'none', volume: undefined, segments: undefined, speech: {} };

async function exchange(terminal: string, held: readonly string[] = []): Promise<ExchangeAnswer> {
  const { body } = await server.internal(platformRoutes.exchanges.path, { exchanges: [{ terminal, exchange: {
    kind: 'exchange', counter: 0, versions: server.world.versions('v1'), assignmentVersion: 1, nonce: null, held: sha256Hex(new TextEncoder().encode([...held].sort().join('\n'))),
    health: { state: 'ready', playing: null, volumePermille: 1000, muted: false, amplifier: 'ok', isolatedUntil: null, supply: 'mains', clockOffsetMs: 0, spooledReceipts: 0, freeDiskMiB: 100 },
  } }] });
  const [answer] = platformRoutes.exchanges.answer.parse(body).answers;
  if (answer === undefined) throw new Error('no answer');
  return answer.exchange;
}

describe('an important period', () => {
  it('is told to its terminals at once and at each exchange until it ends, begun or not; whoever composes is told what it asks', async () => {
    const at = server.clock.now();
    const envelope = await period('t1', { notBefore: at + 10 * MINUTE, notAfter: at + 30 * MINUTE });
    const { restrictionId } = readPayload<RestrictionPayload>(envelope);
    const answer = await post(envelope);
    expect([answer.status, answer.body]).toEqual([201, { ...restrictionSchema.parse(readPayload(envelope)), terminals: 3 }]);
    await flow.settle();
    expect(flow.gateway.frames('restriction').at(-1)).toEqual({ terminals: ['t1-term-1', 'v1-term-1', 'v2-term-1'], frame: { kind: 'restriction', restriction: envelope } });
    expect((await exchange('v1-term-1')).restrictions).toEqual([envelope]);
    expect((await exchange('v1-term-1', [digestOf(envelope)])).restrictions).toBeUndefined();
    // Another one under the same id is not this one.
    expect((await exchange('v1-term-1', [restrictionId])).restrictions).toEqual([envelope]);
    expect((await exchange('v3-term-1')).restrictions).toBeUndefined();
    expect((await listed()).map((one) => one.restrictionId)).toEqual([restrictionId]);
    expect(await listed('t2-author')).toEqual([]);

    expect((await flow.draft('t1', NOTICE)).body.consequence).toMatchObject({ terminals: 3, restricted: 0, approvalsAsked: 0 });
    server.clock.advance(9 * MINUTE);
    expect((await flow.draft('t1', { ...NOTICE, repeats: 3, gapMs: MINUTE })).body.consequence).toMatchObject({ restricted: 0, restrictedFrom: [{ terminals: 3 }] });
    expect((await flow.draft('t1', { ...NOTICE, repeats: 1 })).body.consequence.restrictedFrom).toEqual([]);
    server.clock.advance(MINUTE);
    expect((await flow.draft('t1', NOTICE)).body.consequence).toMatchObject({ terminals: 3, restricted: 0, approvalsAsked: 2 });
    expect((await flow.draft('t1')).body.consequence).toMatchObject({ restricted: 0, approvalsAsked: 0 });
    server.clock.advance(20 * MINUTE);
    expect(await listed()).toEqual([]);
    expect((await exchange('v1-term-1')).restrictions).toBeUndefined();
  });

  it('makes a notice wait for its second signature, and the order that leaves carries both', async () => {
    expect((await post(await period('t1', { notAfter: server.clock.now() + 20 * MINUTE }))).status).toBe(201);
    const message = await flow.submit('t1', NOTICE);
    await flow.approve('t1', message, 'approver-a');
    expect((await flow.view(message.id)).state).toBe('submitted');
    expect((await flow.view(message.id)).steps.map((step: { open: boolean }) => step.open)).toEqual([true]);
    await flow.approve('t1', message, 'approver-b');
    await flow.settle();
    expect((await flow.view(message.id)).state).toBe('dispatched');
    expect(flow.gateway.frames('order').at(-1)?.frame).toMatchObject({ order: { approvals: [{}, {}] } });
    server.clock.advance(20 * MINUTE);
  });

  it.each<[string, () => Promise<unknown>, number, string]>([
    ['with one officer where two are needed', () => period('t1', {}, 1), 422, 'REJ_THRESHOLD'],
    ['of 61 days', () => period('t1', { notAfter: server.clock.now() + 61 * DAY }), 422, 'REJ_WINDOW'],
    ['that is over', () => period('t1', { issuedAt: server.clock.now() - DAY, notBefore: server.clock.now() - DAY, notAfter: server.clock.now() }), 422, 'REJ_EXPIRED'],
    ['of another platform\'s area', () => period('t1', { area: 't2-area' as never }), 422, 'REJ_AREA'],
    ['of a platform that is not the caller\'s', () => period('t2'), 403, 'PLATFORM_FOREIGN'],
    ['that keeps emergencies silent', () => period('t1', { classes: ['emergency' as never] }), 422, 'REJ_SCHEMA'],
    ['that keeps advisories silent', () => period('t1', { classes: ['advisory'] }), 422, 'REJ_SCHEMA'],
    ['signed by a stopper', async () => signEnvelope('restriction', encodePayload(readPayload(await period('t1'))), [server.world.key('t1', 'stopper').signer]), 422, 'REJ_KEY_USAGE'],
    ['that is an isolate', async () => server.world.isolate('t1'), 422, 'REJ_TYPE'],
  ])('%s is refused and recorded nowhere', async (_what, make, status, code) => {
    const before = await db.asOwner('SELECT count(*)::int AS n FROM restriction');
    const answer = await post(await make());
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(await db.asOwner('SELECT count(*)::int AS n FROM restriction')).toEqual(before);
  });

  it('whose id another of its platform has is refused; the same one again changes nothing, and another platform\'s id is its own', async () => {
    const restrictionId = server.clock.uuid() as never;
    const first = await period('v2', { restrictionId });
    expect([(await post(first)).status, (await post(first)).status]).toEqual([201, 201]);
    const second = await post(await period('v2', { restrictionId, classes: ['daily'] }));
    expect([second.status, second.body.code]).toEqual([409, 'RESTRICTION_ID_TAKEN']);
    expect((await post(await period('t1', { restrictionId, area: 'v2-area' as never }))).status).toBe(201);
    expect(await db.asOwner('SELECT platform FROM restriction WHERE id = $1 ORDER BY platform', [restrictionId])).toEqual([{ platform: 't1' }, { platform: 'v2' }]);
    expect(await db.asOwner("SELECT count(*)::int AS n FROM audit_leaf WHERE kind = 'restriction.placed' AND subject = $1", [restrictionId])).toEqual([{ n: 2 }]);
  });

  it('is an officer\'s to give, and everybody\'s to see; seventeen do not stand beside one another', async () => {
    expect((await post(await period('t1'), 't1-stopper')).body.code).toBe('FORBIDDEN');
    expect((await (await flow.as('t1-stopper')).get('/api/restrictions')).status).toBe(200);
    const codes = [];
    for (let number = 0; number < 17; number += 1) codes.push((await post(await period('v1', { classes: ['daily'] }))).status);
    expect(codes).toEqual([...Array.from({ length: 16 }, () => 201), 409]);
  });
});
