import { dispatchSchema, messageIdSchema, permitIdSchema, rosterSchema, type DeliveryView, type Message, type Permit, type Receipt } from '#libs/contracts';
import { encodePayload, unverifiedPayload, type Envelope } from '#libs/envelope';
import { signEnvelope } from '#libs/suites';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { AuditEvidence } from '../../../../../apps/platform/src/features/audit';
import { Trust } from '../../../../../apps/platform/src/features/authority';
import { LiveTurns, type TurnTaken } from '../../../../../apps/platform/src/features/messages';
import { auditedByBoth } from '../../../../support/audited';
import { sessionKey } from '../../../../support/live-voice';
import { readPayload, useMessageFlow, type Submitted } from '../../../../support/message-flow';
import { usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { digestNamed, digestOf, personOf, platformOf } from '../../../../support/trust-builder';

const HOUR = 3_600_000;
const db = useDatabase();
// Who keeps the turns here is the test.
const server = usePlatform(db, { features: FEATURES.filter(({ name }) => !['StreamingModule', 'MonitoringModule'].includes(name)) });
const flow = useMessageFlow(server);
let taken: TurnTaken | undefined;
const over = new Set<string>();
let permit: Envelope;

const paths = (body: { readonly fields?: readonly { readonly path: string; readonly code: string }[] }) => (body.fields ?? []).map(({ path, code }) => `${path} ${code}`).sort();
const voice = (set: object = {}, live: object = {}) => ({
  class: 'notice', severity: 'none', eventType: 'meeting', title: '书记讲话', text: '防汛工作安排。', segments: undefined, repeats: undefined,
  live: { sessionKey: sessionKey().record, maxDurationMs: 60_000, ...live }, ...set,
});
const underPermit = (set: object = {}, live: object = {}) => voice({ class: 'governance', volume: 'normal', permit: digestOf(permit), ...set }, live);
const handIn = async (platform: string, made: Pick<Submitted, 'envelope' | 'corrections'>, hold = false) => (await flow.as(`${platform}-author`)).post('/api/messages', { message: made.envelope, corrections: made.corrections, hold });
const release = async (id: string, terminals: readonly string[] = []) => (await flow.as('t1-author')).post(`/api/messages/${id}/dispatch`, { terminals });
const orderOf = (digest: string) => flow.gateway.frames('order').map(({ frame }) => frame.order).find(({ message }) => digestOf(message as Envelope) === digest);

const dispatcher = () => server.app.get(Trust).state().rosters.get(platformOf('t1'))?.value.dispatcher ?? {};

async function listPermit(): Promise<void> {
  const now = server.clock.now();
  const terms: Partial<Permit> = { permitId: permitIdSchema.parse(server.clock.uuid()), notBefore: now, notAfter: now + 300 * 24 * HOUR, issuedAt: now, perDay: 20 };
  permit = await server.world.permit('v1', { set: terms });
  for (const [at, who] of ['v1-approver-a', 't1-approver-b'].entries()) {
    await (await flow.as(who)).post('/api/permits', { permit: { ...permit, signatures: permit.signatures.slice(at, at + 1) } });
  }
  const before = server.world.expected.documents.map((envelope) => rosterSchema.safeParse(unverifiedPayload(envelope)).data).find((one) => one?.platform === platformOf('v1'));
  const next = await signEnvelope('roster', encodePayload({ ...before, permits: [digestOf(permit)], version: 2, issuedAt: now }), server.world.officers('v1').slice(0, 2));
  expect((await (await flow.as('d-officer-1')).post('/api/trust/documents', { documents: [next] })).status).toBe(200);
}

beforeAll(async () => {
  await listPermit();
});
beforeEach(() => {
  taken = undefined;
});

describe('while nobody keeps the turns to speak', () => {
  it('nothing live goes on the air', async () => {
    const made = await flow.signed('v1', underPermit());
    expect((await handIn('v1', made)).body.code).toBe('LIVE_UNSERVED');
    server.app.get(LiveTurns).keptBy({ free: () => Promise.resolve(taken), isOver: (_tx, _scope, id) => Promise.resolve(over.has(id)) });
    expect((await handIn('v1', made)).body.state).toBe('dispatched');
  });
});

describe('a living voice as a draft', () => {
  it('is said once, opened by the sound of its class, in blocks that fit its delay', async () => {
    const { body } = await flow.draft('t1', voice());
    const message = body.message as Message;
    expect(message).toMatchObject({ repeats: 1, gapMs: 0, body: { live: { delayMs: 800, blockMs: 100, maxDurationMs: 60_000, chime: { role: 'chime' } } } });
    expect(message.notAfter - message.notBefore).toBe(4 * HOUR);
    const opening = 'live' in message.body ? message.body.live.chime?.durationMs ?? 0 : 0;
    expect(body.consequence).toMatchObject({ terminals: 3, households: expect.any(Number), durationMs: opening + 60_000 + 2_000 });
    const far = (await flow.draft('t1', voice({ class: 'emergency', severity: 'red', eventType: 'rainstorm', title: '暴雨红色预警' }, { delayMs: 1_500, opening: false }))).body;
    expect(far.message.body.live).toMatchObject({ blockMs: 200, chime: { role: 'siren' } });
    expect(far.corrections).toHaveLength(2);
    const bare = (await flow.draft('v1', voice({ class: 'governance' }, { opening: false }))).body;
    expect([bare.message.body.live.chime, bare.message.volume]).toEqual([null, 'normal']);
  });

  it('is refused with every field at once', async () => {
    const both = await flow.draft('t1', voice({ segments: [{ sha256: flow.speech, role: 'recording' }], repeats: 2, gapMs: 500, notAfter: server.clock.now() + 5 * HOUR, targets: { areas: ['nowhere'], terminals: [] } }, { opening: false }));
    expect(paths(both.body)).toEqual(['gapMs LIVE_ONCE', 'live SOUND_CHOICE', 'live.opening OPENING_MISSING', 'notAfter WINDOW_TOO_LONG', 'repeats LIVE_ONCE', 'segments SOUND_CHOICE', 'targets.areas.0 AREA_UNKNOWN']);
    expect(paths((await flow.draft('t1', voice({}, { opening: false }))).body)).toEqual(['live.opening OPENING_MISSING']);
    expect(paths((await flow.draft('t1', voice({}, { delayMs: 10, maxDurationMs: 11 * 60_000 }))).body)).toEqual(['live.delayMs FIELD_INVALID', 'live.maxDurationMs FIELD_INVALID']);
    expect(paths((await flow.draft('t1', voice({ notAfter: server.clock.now() + 30_000 }))).body)).toEqual(['live LONGER_THAN_WINDOW']);
  });

  it('is no drill, because nothing after it could say that it was one', async () => {
    expect(paths((await flow.draft('t1', voice({ mode: 'drill' }))).body)).toContain('mode LIVE_DRILL');
  });

  it('takes a key that nobody has, and that no other voice had', async () => {
    const own = sessionKey().record;
    const keyFault = async (record: object) => paths((await flow.draft('t1', voice({}, { sessionKey: record }))).body);
    expect(await keyFault({ ...own, keyId: 'a'.repeat(64) })).toEqual(['live.sessionKey SESSION_KEY_INVALID']);
    // The point of order one: whoever knows it signs for everybody.
    const small = Buffer.from('302a300506032b65700321000100000000000000000000000000000000000000000000000000000000000000', 'hex').toString('base64');
    expect(await keyFault({ ...own, spki: small })).toEqual(['live.sessionKey SESSION_KEY_INVALID']);
    expect(await keyFault(dispatcher())).toEqual(['live.sessionKey SESSION_KEY_HELD']);
    expect(await keyFault(flow.devices.get('v2-term-1')?.record ?? {})).toEqual(['live.sessionKey SESSION_KEY_HELD']);
    await flow.submit('t1', voice({}, { sessionKey: own }), true);
    expect(await keyFault(own)).toEqual(['live.sessionKey SESSION_KEY_USED']);
  });
});

describe('a living voice under a permit', () => {
  it('goes on the air with its author\'s signature alone', async () => {
    const made = await flow.submit('v1', underPermit());
    await flow.settle();
    expect(await flow.view(made.id, 'v1-author')).toMatchObject({ state: 'dispatched', steps: [], permit: digestOf(permit) });
    const dispatch = dispatchSchema.parse(readPayload(orderOf(made.digest)?.dispatch ?? { payload: '' }));
    expect(dispatch).toMatchObject({ permit: digestOf(permit), approvals: [], repeats: 1 });
    expect(dispatch.maxDurationMs).toBeGreaterThan(62_000);
  });

  it('is refused outside the hours, longer or with a siren before it', async () => {
    const late = server.clock.now() + 9 * HOUR;
    expect(paths((await flow.draft('v1', underPermit({ notBefore: late, notAfter: late + HOUR }))).body)).toEqual(['notBefore PERMIT_HOURS']);
    expect(paths((await flow.draft('v1', underPermit({ class: 'emergency', severity: 'red' }, { maxDurationMs: 600_000 }))).body))
      .toEqual(expect.arrayContaining(['class PERMIT_CLASS', 'live.maxDurationMs PERMIT_LONGER', 'live.opening PERMIT_BODY']));
  });

  it('is not dispatched where another voice has the turn, and is afterwards', async () => {
    taken = { holder: '村主任 王', until: server.clock.now() + 60_000 };
    const made = await flow.signed('v1', underPermit());
    const refused = await handIn('v1', made);
    expect([refused.status, refused.body.code, refused.body.fields]).toEqual([409, 'LIVE_TAKEN', [
      { path: 'holder', code: 'LIVE_TAKEN', message: '村主任 王' }, { path: 'until', code: 'LIVE_TAKEN', message: new Date(taken.until).toISOString() },
    ]]);
    expect((await (await flow.as('v1-author')).get(`/api/messages/${made.id}`)).status).toBe(404);
    taken = undefined;
    expect((await handIn('v1', made)).body.state).toBe('dispatched');
  });
});

describe('a living voice that others approve', () => {
  it('is held, approved, and released by the press of its speaker when the turn is free', async () => {
    const made = await flow.submit('t1', voice(), true);
    expect((await flow.approve('t1', made, 'approver-a')).body.state).toBe('approved');
    taken = { holder: '镇长', until: server.clock.now() + 60_000 };
    expect((await release(made.id)).body.code).toBe('LIVE_TAKEN');
    expect((await flow.view(made.id)).state).toBe('approved');
    taken = undefined;
    expect((await release(made.id)).body.state).toBe('dispatched');
  });

  it('goes out with the last signature where it is not held, which waits while another speaks', async () => {
    const made = await flow.submit('t1', voice());
    taken = { holder: '镇长', until: server.clock.now() + 60_000 };
    expect((await flow.approve('t1', made, 'approver-a')).body.code).toBe('LIVE_TAKEN');
    expect((await flow.view(made.id)).state).toBe('submitted');
    taken = undefined;
    expect((await flow.approve('t1', made, 'approver-a')).body.state).toBe('dispatched');
  });

  it('is not dispatched again once it is over, nor said again', async () => {
    const made = await flow.submit('t1', voice({ targets: { areas: ['v1-area'], terminals: [] } }));
    await flow.approve('t1', made, 'approver-a');
    await flow.settle();
    const dispatch = dispatchSchema.parse(readPayload(orderOf(made.digest)?.dispatch ?? { payload: '' }));
    await flow.send([{ terminal: 'v1-term-1', envelopes: [await flow.receipt('v1-term-1', dispatch, { state: 'acked', repetition: 0 }), await flow.receipt('v1-term-1', dispatch, { state: 'failed', reason: 'INTERRUPTED', repetition: 1 })] }]);
    over.add(made.id);
    expect((await release(made.id, ['v1-term-1'])).body.code).toBe('LIVE_OVER');
    over.delete(made.id);
    expect((await release(made.id, ['v1-term-1'])).status).toBe(200);
    expect((await (await flow.as('t1-author')).post(`/api/messages/${made.id}/again`, {})).body.code).toBe('AGAIN_LIVE');
  });
});

describe('the receipts of a living voice', () => {
  const taken = (blocks: number, late: number, lost: number) => ({ firstSeq: 1, lastSeq: blocks + lost, blocks, late, lost, blocksDigest: digestNamed(`blocks ${blocks}`) });
  const ended = { repetition: 1, startedAt: 1, endedAt: 2, playedDigest: digestNamed('packets'), levelCentiDbfs: -1_600 };
  const deliveries = async (id: string) => ((await (await flow.as('t1-author')).get(`/api/messages/${id}/deliveries`)).body as readonly DeliveryView[]).map(({ terminal, state, voice: told }) => [terminal, state, told]);
  const refused = async () => (await db.asOwner<{ terminal: string; code: string }>("SELECT terminal, code FROM security_event WHERE kind = 'receipt-refused' ORDER BY 1")).map(({ terminal, code }) => `${terminal} ${code}`);

  it('say what each terminal took of it, and are added up', async () => {
    const made = await flow.submit('t1', voice());
    await flow.approve('t1', made, 'approver-a');
    await flow.settle();
    const dispatch = dispatchSchema.parse(readPayload(orderOf(made.digest)?.dispatch ?? { payload: '' }));
    const say = async (terminal: string, ...sets: readonly Partial<Receipt>[]) => {
      const envelopes = await Promise.all(sets.map((set) => flow.receipt(terminal, dispatch, set)));
      await flow.send([{ terminal, envelopes }]);
    };
    await say('t1-term-1', { state: 'acked', repetition: 0 }, { state: 'audible', repetition: 1, startedAt: 1 }, { state: 'done', ...ended, live: taken(90, 4, 10) });
    await say('v1-term-1', { state: 'failed', reason: 'INTERRUPTED', ...ended, live: taken(40, 1, 0) });
    // What says nothing of the voice at its end proves none of it.
    await say('v2-term-1', { state: 'acked', repetition: 0 }, { state: 'done', ...ended });
    expect(await deliveries(made.id)).toEqual([
      ['t1-term-1', 'done', { blocks: 90, late: 4, lost: 10 }], ['v1-term-1', 'failed', { blocks: 40, late: 1, lost: 0 }], ['v2-term-1', 'acked', null],
    ]);
    expect(await flow.view(made.id)).toMatchObject({
      live: { delayMs: 800, maxDurationMs: 60_000, opening: 'chime' }, tally: { done: 1, failed: 1, acked: 1, voice: { terminals: 2, blocks: 130, late: 5, lost: 10 } },
    });
    expect(await refused()).toEqual(['v2-term-1 REJ_SCHEMA']);
    await say('v2-term-1', { state: 'done', ...ended, live: taken(100, 0, 0) });
    expect([(await flow.view(made.id)).state, (await flow.view(made.id)).tally.voice]).toEqual(['completed', { terminals: 3, blocks: 230, late: 5, lost: 10 }]);
    const unsaid = async (set: string) => {
      await db.asOwner(`UPDATE delivery SET ${set} WHERE terminal = 't1-term-1' AND dispatch = '${dispatch.dispatchId}'`);
      const found = [];
      for await (const page of server.app.get(AuditEvidence).unsaidLong()) found.push(...page);
      return found.map(({ code, row }) => `${code} ${row}`);
    };
    expect(await unsaid('voice_blocks = 90')).toEqual([]);
    expect(await unsaid('voice_lost = 0')).toEqual([`DELIVERY_UNSAID ${dispatch.dispatchId} t1-term-1`]);
    await unsaid('voice_lost = 10');
  });

  it('are none of a recording\'s', async () => {
    const { id, dispatch } = await flow.onAir('t2');
    const story = await flow.story('t2-term-1', dispatch);
    await flow.send([{ terminal: 't2-term-1', envelopes: [...story.slice(0, -1), await flow.receipt('t2-term-1', dispatch, { state: 'done', ...ended, repetition: 2, live: taken(9, 0, 0) })] }]);
    expect(await refused()).toEqual(['t2-term-1 REJ_SCHEMA', 'v2-term-1 REJ_SCHEMA']);
    const view = await flow.view(id, 't2-author');
    expect([view.live, view.state, view.tally.done, view.tally.voice]).toEqual([null, 'dispatched', 0, undefined]);
  });
});

describe('the log of living voices and their receipts', () => {
  it('is proved by both verifiers', async () => {
    for (const verdict of await auditedByBoth(flow)) expect(verdict).toMatchObject({ ok: true });
  });
});

describe('what is signed is judged again', () => {
  it.each<[string, (message: Message) => Partial<Message>, readonly string[]]>([
    ['a window of five hours', ({ notBefore }) => ({ notAfter: notBefore + 5 * HOUR }), ['notAfter WINDOW_TOO_LONG']],
    ['small blocks', ({ body }) => ({ body: 'live' in body ? { live: { ...body.live, blockMs: 20 } } : body }), ['body.live.blockMs LIVE_BLOCKS']],
    ['somebody\'s own key', ({ body }) => ({ body: 'live' in body ? { live: { ...body.live, sessionKey: dispatcher() as never } } : body }), ['body.live.sessionKey SESSION_KEY_HELD']],
    ['no chime', ({ body }) => ({ body: 'live' in body ? { live: { ...body.live, chime: null } } : body }), ['body.live.chime.role OPENING_MISSING']],
  ])('refuses %s', async (_, change, faults) => {
    const drafted = (await flow.draft('t1', voice())).body.message as Message;
    const made = await flow.signed('t1', voice(), change(drafted));
    expect(paths((await handIn('t1', made)).body)).toEqual(faults);
  });

  it('refuses two repetitions, and a key that another voice had', async () => {
    expect((await handIn('t1', await flow.signed('t1', voice(), { repeats: 2 }))).body.code).toBe('REJ_REPEATS');
    const [first, second] = [await flow.signed('t1', voice()), await flow.signed('t1', voice())];
    expect((await handIn('t1', first, true)).status).toBe(201);
    const replayed = await signEnvelope('message', encodePayload({ ...second.message, id: messageIdSchema.parse(second.id), body: first.message.body }), [server.world.key('t1', 'author').signer]);
    expect(paths((await handIn('t1', { envelope: replayed, corrections: [] })).body)).toEqual(['body.live.sessionKey SESSION_KEY_USED']);
  });

  it('refuses a correction that somebody would have to speak', async () => {
    const warning = voice({ class: 'advisory', severity: 'yellow', eventType: 'rainstorm', title: '暴雨提醒' });
    const { body } = await flow.draft('t1', warning);
    const [correction] = body.corrections as readonly { readonly message: Message }[];
    const { body: alive } = await flow.draft('t1', warning);
    const spoken = encodePayload({ ...correction?.message, body: (alive.message as Message).body, repeats: 1, gapMs: 0, notAfter: (body.message as Message).notAfter });
    const by = [server.world.key('t1', 'author').signer];
    const envelope = await signEnvelope('message', spoken, by);
    const message = await signEnvelope('message', encodePayload({ ...body.message, corrections: [{ kind: 'correction', digest: digestOf(envelope) }] }), by);
    expect(paths((await handIn('t1', { envelope: message, corrections: [envelope] })).body)).toEqual(['corrections.0.body CORRECTION_LIVE']);
  });

  it('is nobody else\'s to hand in', async () => {
    const made = await flow.signed('t1', voice());
    expect((await (await flow.as('t2-author')).post('/api/messages', { message: made.envelope, corrections: [] })).status).toBe(403);
    expect(personOf('t1-author')).toBe(made.message.author);
  });
});
