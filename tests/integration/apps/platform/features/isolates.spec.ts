import { dispatchSchema, isolateSchema, platformRoutes, type ExchangeAnswer, type Isolate } from '#libs/contracts';
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

async function isolate(platform: PlatformName, set: Partial<Isolate> = {}, officers = 2): Promise<Envelope> {
  const at = server.clock.now();
  return server.world.isolate(platform, { by: server.world.officers(platform).slice(0, officers), set: { isolateId: server.clock.uuid() as never, issuedAt: at, notAfter: at + 30 * 60_000, ...set } });
}
const post = async (envelope: unknown, who = 't1-officer-1') => (await flow.as(who)).post('/api/isolates', { isolate: envelope });
const listed = async (who = 't1-author') => (await (await flow.as(who)).get('/api/isolates')).body as readonly { isolateId: string; terminals: number }[];

async function exchange(terminal: string, held: readonly string[] = []): Promise<ExchangeAnswer> {
  const { body } = await server.internal(platformRoutes.exchanges.path, { exchanges: [{ terminal, exchange: {
    kind: 'exchange', counter: 0, versions: server.world.versions('v1'), assignmentVersion: 1, nonce: null, held: sha256Hex(new TextEncoder().encode([...held].sort().join('\n'))),
    health: { state: 'ready', playing: null, volumePermille: 1000, muted: false, amplifier: 'ok', isolatedUntil: null, supply: 'mains', clockOffsetMs: 0, spooledReceipts: 0, freeDiskMiB: 100 },
  } }] });
  const [answer] = platformRoutes.exchanges.answer.parse(body).answers;
  if (answer === undefined) throw new Error('no answer');
  return answer.exchange;
}

describe('an isolate', () => {
  it('signed by enough officers is told to its terminals at once and at each exchange, until it ends', async () => {
    const envelope = await isolate('t1');
    const { isolateId } = readPayload<Isolate>(envelope);
    const answer = await post(envelope);
    expect([answer.status, answer.body]).toEqual([201, { ...isolateSchema.parse(readPayload(envelope)), terminals: 3, stillSounds: ['emergency'] }]);
    await flow.settle();
    expect(flow.gateway.frames('isolate').at(-1)).toEqual({ terminals: ['t1-term-1', 'v1-term-1', 'v2-term-1'], frame: { kind: 'isolate', isolate: envelope } });
    expect((await exchange('v1-term-1')).isolates).toEqual([envelope]);
    expect((await exchange('v1-term-1', [sha256Hex(Buffer.from(envelope.payload, 'base64'))])).isolates).toEqual([]);
    // Another one under the same id is not this one.
    expect((await exchange('v1-term-1', [isolateId])).isolates).toEqual([envelope]);
    expect((await exchange('v3-term-1')).isolates).toEqual([]);
    expect((await listed()).map((one) => one.isolateId)).toEqual([isolateId]);
    expect(await listed('t2-author')).toEqual([]);

    // The district's message would not sound there, its own would; an emergency always does.
    const notice = { class: 'notice', severity: 'none', volume: undefined, segments: undefined, speech: {} };
    expect((await flow.draft('d', { ...notice, targets: { areas: ['d-area'], terminals: [] } })).body.consequence).toMatchObject({ terminals: 5, isolated: 3, isolatedStill: 0 });
    expect((await flow.draft('t1', notice)).body.consequence).toMatchObject({ terminals: 3, isolated: 0 });
    expect((await flow.draft('d', { targets: { areas: ['d-area'], terminals: [] } })).body.consequence).toMatchObject({ terminals: 5, isolated: 0, isolatedStill: 3 });

    server.clock.advance(30 * 60_000);
    expect(await listed()).toEqual([]);
    expect((await exchange('v1-term-1')).isolates).toEqual([]);
  });

  it('raises the alarm at the isolating platform and at every one above it, and leaves a leaf', async () => {
    const envelope = await isolate('v1');
    expect((await post(envelope)).status).toBe(201);
    const digest = sha256Hex(Buffer.from(envelope.payload, 'base64'));
    const alarms = await db.asOwner<{ platform: string }>("SELECT platform FROM security_event WHERE kind = 'area-isolated' AND subject = $1 ORDER BY platform", [digest]);
    expect(alarms.map(({ platform }) => platform)).toEqual(['d', 't1', 'v1']);
    expect(await db.asOwner("SELECT count(*)::int AS n FROM audit_leaf WHERE kind = 'isolate.placed' AND subject = $1", [readPayload<Isolate>(envelope).isolateId])).toEqual([{ n: 1 }]);
    // The same again changes nothing.
    expect((await post(envelope)).status).toBe(201);
    expect(await db.asOwner("SELECT count(*)::int AS n FROM audit_leaf WHERE kind = 'isolate.placed' AND subject = $1", [readPayload<Isolate>(envelope).isolateId])).toEqual([{ n: 1 }]);
  });

  it.each<[string, () => Promise<unknown>, number, string]>([
    ['with one officer where two are needed', () => isolate('t1', {}, 1), 422, 'REJ_THRESHOLD'],
    ['for 61 minutes', () => isolate('t1', { notAfter: server.clock.now() + 61 * 60_000 }), 422, 'REJ_WINDOW'],
    ['that is over', () => isolate('t1', { issuedAt: server.clock.now() - 20 * 60_000, notAfter: server.clock.now() }), 422, 'REJ_EXPIRED'],
    ['of another platform\'s area', () => isolate('t1', { area: 't2-area' as never }), 422, 'REJ_AREA'],
    ['of an area that does not exist', () => isolate('t1', { area: 'nowhere' as never }), 422, 'REJ_NOT_TARGETED'],
    ['of a platform that is not the caller\'s', () => isolate('t2'), 403, 'PLATFORM_FOREIGN'],
    ['signed by a stopper', async () => signEnvelope('isolate', encodePayload(readPayload(await isolate('t1'))), [server.world.key('t1', 'stopper').signer]), 422, 'REJ_KEY_USAGE'],
    ['that is a stop', async () => server.world.stop('t1'), 422, 'REJ_TYPE'],
    ['that is no envelope', () => Promise.resolve('now'), 422, 'INVALID'],
  ])('%s is refused and recorded nowhere', async (_what, make, status, code) => {
    const before = await db.asOwner('SELECT count(*)::int AS n FROM isolate');
    const answer = await post(await make());
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(await db.asOwner('SELECT count(*)::int AS n FROM isolate')).toEqual(before);
  });

  it('whose id another of its platform has is refused, and another platform\'s id is its own', async () => {
    const isolateId = server.clock.uuid() as never;
    expect((await post(await isolate('v2', { isolateId }))).status).toBe(201);
    const second = await post(await isolate('v2', { isolateId, notAfter: server.clock.now() + 10 * 60_000 }));
    expect([second.status, second.body.code]).toEqual([409, 'ISOLATE_ID_TAKEN']);
    expect((await post(await isolate('t1', { isolateId, area: 'v2-area' as never }))).status).toBe(201);
    server.clock.advance(31 * 60_000);
  });

  it('is an officer\'s to give, and everybody\'s to see', async () => {
    expect((await post(await isolate('t1'), 't1-stopper')).body.code).toBe('FORBIDDEN');
    expect((await (await flow.as('t1-stopper')).get('/api/isolates')).status).toBe(200);
  });

  it('that kept a correction silent has it offered again when it is over, to those alone that never took it', async () => {
    const made = await flow.onAir('t1', { class: 'advisory', severity: 'orange', volume: undefined, segments: undefined, speech: {} });
    await flow.send(await Promise.all(['t1-term-1', 'v1-term-1'].map(async (terminal) => ({ terminal, envelopes: await flow.story(terminal, made.dispatch) }))));
    expect((await post(await isolate('v1'), 'v1-officer-1')).status).toBe(201);
    const offered = async () => (await flow.offers('t1', made.id)).find(({ kind }) => kind === 'correction');
    const wanted = await offered();
    expect(wanted).toMatchObject({ terminals: 3, isolated: 1, quiet: 0, postponed: [] });
    if (wanted === undefined) throw new Error('no correction is offered');
    const given = await flow.giveConsent('t1', made.id, 'correct', await flow.consent('t1', wanted));
    expect(given.status).toBe(200);
    await flow.settle();
    const digest = made.message.corrections.find(({ kind }) => kind === 'correction')?.digest;
    const dispatches = () => flow.gateway.frames('order').map(({ frame, terminals }) => ({ dispatch: dispatchSchema.parse(readPayload(frame.order.dispatch)), terminals }))
      .filter(({ dispatch }) => dispatch.messageDigest === digest).sort((a, b) => a.dispatch.seq - b.dispatch.seq);
    const [first] = dispatches();
    if (first === undefined) throw new Error('no correction was pushed');
    await flow.send([
      { terminal: 'v1-term-1', envelopes: [await flow.receipt('v1-term-1', first.dispatch, { state: 'failed', repetition: 0, reason: 'ISOLATED' })] },
      { terminal: 't1-term-1', envelopes: await flow.story('t1-term-1', first.dispatch) },
    ]);
    server.clock.advance(60_000);
    expect(await offered()).toBeUndefined();
    server.clock.advance(30 * 60_000);
    const again = await offered();
    expect(again).toMatchObject({ terminals: 1, isolated: 0 });
    if (again === undefined) throw new Error('it is not offered again');
    expect((await flow.giveConsent('t1', made.id, 'correct', await flow.consent('t1', again))).status).toBe(200);
    await flow.settle();
    expect(dispatches().at(-1)).toMatchObject({ terminals: ['v1-term-1'], dispatch: { targets: { heard: made.digest } } });
    expect(dispatches().at(-1)?.dispatch.dispatchId).not.toBe(first.dispatch.dispatchId);
  });
});
