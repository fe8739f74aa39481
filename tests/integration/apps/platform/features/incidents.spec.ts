import { createRequire } from 'node:module';
import { digestSchema, envelopeSchema, incidentViewSchema, platformRoutes, type EnvelopeShape, type IncidentView, type RestrictionPayload, type SecurityEvent } from '#libs/contracts';
import { encodePayload } from '#libs/envelope';
import { sha256Hex, signEnvelope, type Signer } from '#libs/suites';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { SequenceLeaves, WatchLogs } from '../../../../../apps/platform/src/features/audit';
import { ServerKeys, Trust } from '../../../../../apps/platform/src/features/authority';
import { Terminals } from '../../../../../apps/platform/src/features/terminals';
import { readPayload, useMessageFlow } from '../../../../support/message-flow';
import { usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { digestNamed, platformOf, type PlatformName } from '../../../../support/trust-builder';
import { until } from '../../../../support/until';

const { io } = createRequire(__filename)('socket.io-client') as typeof import('socket.io-client');
const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server);
const MINUTE = 60_000;
const DISPATCH = 'application/vnd.clarion.dispatch.v1+json';

/** The key with which this server signs dispatches of the platform. */
function dispatcherOf(name: PlatformName): SecurityEvent['keyIds'][number] {
  const keyId = server.app.get(Trust).state().rosters.get(platformOf(name))?.value.dispatcher.keyId;
  if (keyId === undefined) throw new Error(`no dispatcher of ${name}`);
  return keyId;
}
/** A terminal's word that it refused a dispatch with this platform's key. */
const refusal = (by: PlatformName, set: Partial<SecurityEvent> = {}): Partial<SecurityEvent> => ({
  kind: 'refused', code: 'REJ_SEQ_JUMP', subject: digestNamed('forged'), payloadType: DISPATCH, keyIds: [dispatcherOf(by)], ...set,
});
async function tell(terminal: string, ...sets: readonly Partial<SecurityEvent>[]): Promise<void> {
  const envelopes = [];
  for (const set of sets) envelopes.push(await flow.event(terminal, set));
  await flow.send([{ terminal, envelopes }]);
}
const listed = async (who = 't1-stopper', query = '') => incidentViewSchema.array().parse((await (await flow.as(who)).get(`/api/incidents${query}`)).body);
const handle = async (incident: Pick<IncidentView, 'id'>, act: 'acknowledge' | 'close', who = 't1-stopper', note = '') => (await flow.as(who)).post(`/api/incidents/${incident.id}/${act}`, { note });
const postures = () => flow.gateway.frames('restriction').map(({ terminals, frame }) => ({ terminals, of: readPayload<RestrictionPayload>(frame.restriction) }));

/** A clean table for each story. */
async function past(): Promise<void> {
  await flow.settle();
  server.clock.advance(61 * MINUTE);
  for (const incident of await listed('d-stopper')) await handle(incident, 'close', 'd-stopper');
}
afterEach(past);

/** One exchange of a terminal, as its gateway hands it on; the health is its own word. */
async function exchange(terminal: string, state: string): Promise<void> {
  const health = { state, playing: null, volumePermille: 1000, muted: false, amplifier: 'ok', isolatedUntil: null, supply: 'mains', clockOffsetMs: 0, spooledReceipts: 0, freeDiskMiB: 100 };
  await server.internal(platformRoutes.exchanges.path, { exchanges: [{ terminal, exchange: { kind: 'exchange', health, counter: 0, versions: null, assignmentVersion: 0, held: sha256Hex(new Uint8Array()), nonce: null } }] });
}

describe('an incident', () => {
  it('gathers what has one cause within a minute, is seen in its own scope, acknowledged, closed, and written down', async () => {
    await tell('t1-term-1', { kind: 'refused', code: 'REJ_SIGNATURE', keyIds: [] }, { kind: 'refused', code: 'REJ_KEY_UNKNOWN', subject: digestNamed('other') });
    await flow.settle();
    server.clock.advance(50_000);
    await tell('t1-term-1', { kind: 'refused', code: 'REJ_SHAPE', subject: digestNamed('third') });
    await flow.settle();
    const [incident, ...others] = await listed();
    expect(others).toEqual([]);
    expect(incident).toMatchObject({ platform: 't1', kind: 'refused', cause: '', state: 'open', count: 3, terminals: ['t1-term-1'], codes: ['REJ_SIGNATURE', 'REJ_KEY_UNKNOWN', 'REJ_SHAPE'], postureUntil: null });
    if (incident === undefined) throw new Error('no incident');
    expect(incident.lastAt - incident.firstAt).toBeGreaterThanOrEqual(50_000);
    expect([await listed('t2-stopper'), (await listed('d-stopper')).length]).toEqual([[], 1]);
    expect((await handle(incident, 'acknowledge', 't2-stopper')).body.code).toBe('NOT_FOUND');
    expect((await handle(incident, 'acknowledge', 't1-author')).body.code).toBe('FORBIDDEN');
    expect((await handle(incident, 'acknowledge', 't1-stopper', '已派人查看')).body).toMatchObject({ state: 'acknowledged', handledBy: 't1-stopper', note: '已派人查看' });
    expect((await handle(incident, 'close')).body).toMatchObject({ state: 'closed', note: '已派人查看' });
    expect((await handle(incident, 'acknowledge')).body.code).toBe('WRONG_STATE');
    expect([await listed(), (await listed('t1-stopper', '?state=all')).map(({ id }) => id)]).toEqual([[], [incident.id]]);
    const leaves = await db.asOwner<{ kind: string }>('SELECT kind FROM audit_leaf WHERE subject = $1 ORDER BY id', [incident.id]);
    expect(leaves.map(({ kind }) => kind).sort()).toEqual(['incident.acknowledged', 'incident.closed', 'incident.opened']);
    // The same cause again is news once somebody closed it.
    await tell('t1-term-1', { kind: 'refused', code: 'REJ_SHAPE', subject: digestNamed('fourth') });
    await flow.settle();
    expect((await listed()).map(({ count, id }) => [count, id === incident.id])).toEqual([[1, false]]);
  });

  it('comes of a leaf that somebody edited, and stays one while each round finds it again', async () => {
    await flow.settle();
    while ((await server.app.get(SequenceLeaves).run()) > 0);
    const [leaf] = await db.asOwner<{ id: string; body: string }>("SELECT id, body FROM audit_leaf JOIN audit_sequence ON leaf_id = id WHERE audit_sequence.platform = 't1' AND seq = 0");
    await db.asOwner("UPDATE audit_leaf SET body = body || ' ' WHERE id = $1", [leaf?.id]);
    for (let round = 0; round < 2; round += 1) {
      await server.app.get(WatchLogs).run();
      await flow.settle();
      server.clock.advance(4 * MINUTE);
    }
    await db.asOwner('UPDATE audit_leaf SET body = $2 WHERE id = $1', [leaf?.id, leaf?.body]);
    expect(await listed()).toMatchObject([{ platform: 't1', kind: 'altered-record', state: 'open', count: 2, codes: ['LEAF_CHANGED'] }]);
  });

  it('comes over the live feed without being asked for, and only to its own scope', async () => {
    const connect = async (account: string) => io(`${server.base}/live`, { transports: ['websocket'], auth: { token: (await flow.as(account)).token }, reconnection: false });
    const [mine, foreign] = [await connect('t1-stopper'), await connect('t2-stopper')];
    try {
      const told: IncidentView[][] = [];
      const foreignTold: IncidentView[][] = [];
      mine.on('incidents', (incidents) => told.push(incidentViewSchema.array().parse(incidents)));
      foreign.on('incidents', (incidents) => foreignTold.push(incidentViewSchema.array().parse(incidents)));
      await until(() => told.length > 0 && foreignTold.length > 0);
      await tell('v1-term-1', { kind: 'sound-without-dispatch', code: null, subject: null, payloadType: null });
      await until(() => told.some((incidents) => incidents.some(({ kind, platform }) => kind === 'sound-without-dispatch' && platform === 'v1')));
      expect(foreignTold.flat()).toEqual([]);
    } finally {
      mine.disconnect();
      foreign.disconnect();
    }
  });

  it('is opened by a receipt for what nobody dispatched, and by a counter that was used twice', async () => {
    await flow.send([{ terminal: 'v1-term-1', envelopes: [await flow.receipt('v1-term-1', { dispatchId: server.clock.uuid() as never, messageDigest: digestNamed('unheard-of') }, { state: 'audible', repetition: 1 })] }]);
    await flow.settle();
    expect((await listed()).map(({ kind, cause }) => [kind, cause])).toEqual([['sound-without-dispatch', digestNamed('unheard-of')]]);
    const counter = (await db.asOwner<{ highest: string }>("SELECT highest FROM device_counter WHERE terminal = 'v1-term-1'"))[0]?.highest;
    await tell('v1-term-1', { kind: 'clock-step', code: null, counter: Number(counter), subject: null });
    await flow.settle();
    expect((await listed()).map(({ kind, cause }) => [kind, cause])).toContainEqual(['clone', 'v1-term-1']);
  });
});

describe('what the gateway sees at its door', () => {
  it('becomes an incident of the terminal\'s platform: copies of it, and hellos with a key that does not count; a name that nobody knows is nobody\'s', async () => {
    const at = server.clock.now();
    const genuine = flow.devices.get('v1-term-1')?.record.keyId ?? '';
    const alarm = (set: object) => ({ kind: 'device-refused', terminal: 'v1-term-1', code: 'DEVICE_UNKNOWN', keyId: 'f'.repeat(64), at, ...set });
    const { status } = await server.internal(platformRoutes.alarms.path, { alarms: [
      alarm({ kind: 'clone', code: null, keyId: null }), alarm({}), alarm({ terminal: 'nobody' }), alarm({ terminal: 'v2-term-1', code: 'HELLO_SIGNATURE', keyId: flow.devices.get('v2-term-1')?.record.keyId }),
      // The gateway did not have it in its list yet.
      alarm({ keyId: genuine }),
    ] });
    expect(status).toBe(200);
    await flow.settle();
    expect((await listed()).map(({ kind, cause, count }) => `${kind} ${cause} ${count}`).sort()).toEqual(['clone v1-term-1 1', 'device-refused v1-term-1 1', 'device-refused v2-term-1 1']);
  });
});

describe('a posture', () => {
  it('answers commands with a valid key that the platform did not send: everyday classes fall silent there for an hour, in its own name', async () => {
    await tell('v1-term-1', refusal('d'));
    await flow.settle();
    // v1 has one terminal, so one is believed.
    const [posture] = postures();
    expect(posture?.terminals).toEqual(['v1-term-1']);
    expect(posture?.of).toMatchObject({ platform: 'd', area: 'v1-area', kind: 'posture', classes: ['notice', 'governance', 'daily'], approvals: null });
    expect((posture?.of.notAfter ?? 0) - (posture?.of.notBefore ?? 0)).toBe(60 * MINUTE);
    const [incident] = await listed('t1-stopper');
    expect(incident).toMatchObject({ platform: 'v1', kind: 'sequence-jump', cause: 'd', postureUntil: posture?.of.notAfter });
    expect((await db.asOwner<{ platform: string }>("SELECT platform FROM security_event WHERE kind = 'area-restricted' AND subject = $1", [sha256Hex(Buffer.from(flow.gateway.frames('restriction').at(-1)?.frame.restriction.payload ?? '', 'base64'))])).map(({ platform }) => platform)).toEqual(['d']);
    // One answer while it stands, however long the attack goes on and whatever else is tried.
    await tell('v1-term-1', refusal('d', { subject: digestNamed('again') }), refusal('d', { code: 'REJ_APPROVAL_MISSING' }));
    await flow.settle();
    expect(postures()).toHaveLength(1);
    server.clock.advance(61 * MINUTE);
    await tell('v1-term-1', refusal('d', { subject: digestNamed('later') }));
    await flow.settle();
    expect(postures()).toHaveLength(2);
  });

  it('is signed by the platform above the one whose key was misused: its thief holds no word of it; a weak one that stands is no answer', async () => {
    const at = server.clock.now();
    const weak = await server.world.restriction('v1', { by: [server.app.get(ServerKeys).dispatcherOf(platformOf('v1'))], set: { restrictionId: server.clock.uuid() as never, classes: ['daily'], approvals: 1, issuedAt: at, notBefore: at, notAfter: at + 60 * MINUTE } });
    expect((await (await flow.as('t1-officer-1')).post('/api/restrictions', { restriction: weak })).body).toMatchObject({ platform: 'v1' });
    await flow.settle();
    const before = postures().length;
    await tell('v1-term-1', refusal('v1'));
    await flow.settle();
    expect(postures().slice(before)).toMatchObject([{ terminals: ['v1-term-1'], of: { platform: 't1', area: 'v1-area', kind: 'posture', approvals: null } }]);
    await tell('v1-term-1', refusal('v1', { subject: digestNamed('again') }));
    await flow.settle();
    expect(postures().length).toBe(before + 1);
  });

  it('is raised by nothing that carried no valid key, by no late copy of what the platform sent, and by no old spool', async () => {
    const before = postures().length;
    const { order } = await flow.onAir('v1');
    const own = sha256Hex(Buffer.from(order.dispatch.payload, 'base64')) as SecurityEvent['subject'];
    await tell('v1-term-1',
      refusal('v1', { code: 'REJ_SIGNATURE' }), refusal('v1', { code: 'REJ_KEY_UNKNOWN' }), refusal('v1', { keyIds: [server.world.stranger.record.keyId] }),
      refusal('v1', { code: 'REJ_SEQ_REPLAY', subject: own }), refusal('v1', { code: 'REJ_VERSIONS' }), refusal('v1', { payloadType: 'application/vnd.clarion.stop.v1+json' }),
      refusal('v1', { subject: digestNamed('yesterday'), at: server.clock.now() - 24 * 60 * MINUTE }));
    await flow.settle();
    expect(postures().length).toBe(before);
    expect((await listed()).map(({ kind }) => kind).sort()).toEqual(['refused', 'replay', 'sequence-jump']);
  });

  it('takes one terminal\'s proof where a platform has several, and not its mere word: a stolen terminal mutes nobody', async () => {
    const terminals = server.app.get(Terminals);
    const ofPlatforms = terminals.ofPlatforms.bind(terminals);
    const spy = jest.spyOn(terminals, 'ofPlatforms').mockImplementation((scope, platforms) => [...ofPlatforms(scope, platforms), ...ofPlatforms(scope, platforms)]);
    const before = postures().length;
    const told = async (set: Partial<SecurityEvent>) => {
      await tell('v1-term-1', refusal('d', set));
      await flow.settle();
      return postures().length - before;
    };
    const dispatch = async (signer: Signer) => envelopeSchema.parse(await signEnvelope('dispatch', encodePayload({ dispatchId: server.clock.uuid() }), [signer]));
    const subjectOf = ({ payload }: EnvelopeShape) => digestSchema.parse(sha256Hex(Buffer.from(payload, 'base64')));
    const genuine = await dispatch(server.app.get(ServerKeys).dispatcherOf(platformOf('d')));
    const foreign = await dispatch(server.app.get(ServerKeys).dispatcherOf(platformOf('t2')));
    const altered = { ...genuine, payload: Buffer.from('{"dispatchId":"another"}').toString('base64') as never };
    // Its word alone; what another platform's key signed; what the key did not sign; another dispatch than the one it tells of.
    expect(await told({ subject: digestNamed('invented') })).toBe(0);
    expect(await told({ subject: subjectOf(foreign), evidence: foreign })).toBe(0);
    expect(await told({ subject: subjectOf(altered), evidence: altered })).toBe(0);
    expect(await told({ subject: digestNamed('another'), evidence: genuine })).toBe(0);
    expect(await told({ subject: subjectOf(genuine), evidence: genuine })).toBe(1);
    spy.mockRestore();
  });
});

describe('news that do not arrive', () => {
  it('are one incident for a platform whose terminals are heard and answered, and hear no signed time', async () => {
    await flow.present(['t1-term-1', 'v1-term-1']);
    for (const state of ['ready', 'ready', 'ready', 'degraded', 'degraded']) {
      for (const terminal of ['t1-term-1', 'v1-term-1']) await exchange(terminal, terminal === 't1-term-1' ? state : 'ready');
      server.clock.advance(30_000);
    }
    await flow.settle();
    expect(await listed()).toMatchObject([{ platform: 't1', kind: 'withheld-news', cause: '', state: 'open', count: 2, terminals: ['t1-term-1'], postureUntil: null }]);
  });
});
