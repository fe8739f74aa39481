import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { liveEvidenceSchema, SOURCE_AWAY_MS, streamIdSchema, type LiveBody, type Receipt, type StreamId } from '#libs/contracts';
import { readOggOpusPackets, writeVoiceOgg } from '#libs/audio';
import { liveGrantOf, trustFromRoot, verifyLiveEvidence, verifyLiveRecord, type LiveGrant } from '#libs/trust';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { TURN_LOCK } from '../../../../../apps/platform/src/features/streaming/live.store.pg';
import { RestoreVoices } from '../../../../../apps/platform/src/features/streaming/restore-voices';
import { TendVoices } from '../../../../../apps/platform/src/features/streaming/tend-voices';
import { Voices } from '../../../../../apps/platform/src/features/streaming/voices';
import { LeaseVoices } from '../../../../../apps/platform/src/features/streaming/lease-voices';
import { auditedByBoth } from '../../../../support/audited';
import { grantLive, handInLive, type GrantAsked } from '../../../../support/live-flow';
import { LiveGatewayDouble } from '../../../../support/live-gateway';
import { BlockSpeaker, LiveSourceClient } from '../../../../support/live-source-client';
import { spokenPackets } from '../../../../support/live-voice';
import { useMessageFlow, type Submitted } from '../../../../support/message-flow';
import { POOL_SIZE, usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { digestNamed, type PlatformName } from '../../../../support/trust-builder';
import { until } from '../../../../support/until';

const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server);
const PACKETS = spokenPackets(5);
let gateway: LiveGatewayDouble;
const sources: LiveSourceClient[] = [];

const handedIn = (...of: GrantAsked): ReturnType<typeof handInLive> => handInLive(flow, ...of);
const granted = (...of: GrantAsked): ReturnType<typeof grantLive> => grantLive(flow, ...of);
async function connected(options?: { readonly subprotocol?: string; readonly origin?: string }): Promise<LiveSourceClient> {
  const source = await LiveSourceClient.connect(server.base, options);
  sources.push(source);
  return source;
}
const tokenOf = async (account: string): Promise<string> => (await flow.as(account)).token;
const tend = (): Promise<void> => server.app.get(TendVoices).run();
const streamOf = ({ digest }: Submitted): StreamId => digest.slice(0, 32) as StreamId;
const recordOf = (grant: Submitted): Buffer => readFileSync(path.join(server.dataDir, 'live', `${streamOf(grant)}.clr`));
const sessionOf = async (grant: Submitted) => (await db.asOwner<{ ended: string; last_seq: string; refused: string }>(`SELECT ended, last_seq, refused FROM live_session WHERE stream = '${streamOf(grant)}'`))[0];
const leavesOf = async (grant: Submitted): Promise<readonly string[]> => (await db.asOwner<{ kind: string }>(`SELECT kind FROM audit_leaf WHERE subject = '${grant.id}' AND kind LIKE 'live.%' ORDER BY kind`)).map(({ kind }) => kind);
function grantOf(grant: Submitted, startAt: number): LiveGrant {
  if (!('live' in grant.message.body)) throw new Error('no voice');
  return liveGrantOf(grant.digest, grant.message.body.live, { startAt });
}
/** Somebody has the floor, with the first of his blocks to come at the earliest time. */
async function speaking(platform: PlatformName = 't1', set: Partial<LiveBody> = {}) {
  const grant = await granted(platform, set);
  expect(grant.answer.status).toBe(201);
  const source = await connected();
  const ready = await source.speak(await tokenOf(`${platform}-author`), grant.id);
  return { grant, source, ready, voice: new BlockSpeaker(ready.stream, grant.key, ready.startAt) };
}
async function over({ source, voice }: Awaited<ReturnType<typeof speaking>>): Promise<void> {
  source.block(voice.end());
  expect(await source.ended()).toBe('LIVE_SAID');
}

beforeAll(async () => {
  gateway = await LiveGatewayDouble.start(server.dataDir, flow.gateway);
});
afterEach(async () => {
  for (const source of sources.splice(0)) await source.close();
  server.clock.advance(120_000);
  await tend();
});
afterAll(() => gateway.close());

describe('a voice on the source link', () => {
  it('is judged, recorded as it was signed, and on its way to the gateway; its end is written down', async () => {
    const before = gateway.blocks.length;
    const said = await speaking();
    const blocks = Array.from({ length: 5 }, () => said.voice.next(PACKETS));
    for (const block of blocks) said.source.block(block);
    await said.source.taken(5);
    said.source.block(said.voice.end());
    said.source.block(said.voice.next(PACKETS));
    expect(await said.source.ended()).toBe('LIVE_SAID');
    await until(() => gateway.blocks.length === before + 6);
    expect(gateway.blocks.slice(before, before + 5)).toEqual(blocks.map((block) => Buffer.from(block)));
    const verified = verifyLiveRecord(grantOf(said.grant, said.ready.startAt), recordOf(said.grant));
    expect(verified).toMatchObject({ ok: true, value: { firstSeq: 1, lastSeq: 6, ended: true, gaps: [] } });
    expect(statSync(path.join(server.dataDir, 'live', `${said.ready.stream}.clr`)).mode & 0o777).toBe(0o600);
    await until(async () => (await leavesOf(said.grant)).length === 2);
    expect(await leavesOf(said.grant)).toEqual(['live.began', 'live.ended']);
    expect(await sessionOf(said.grant)).toMatchObject({ ended: 'LIVE_SAID', last_seq: '6' });
    const again = await connected();
    await expect(again.speak(await tokenOf('t1-author'), said.grant.id)).rejects.toThrow('LIVE_SAID');
  });

  it('is leased while its source speaks or may come back, and never after', async () => {
    const said = await speaking();
    await until(() => gateway.leases.some(({ streams }) => streams.includes(said.ready.stream)));
    expect(gateway.leases.at(-1)?.beacon).toMatchObject({ platform: 't1', leases: [said.grant.digest], terminal: null });
    said.source.cut();
    await until(async () => (await statesOf(said.ready.stream)) === 'away');
    server.clock.advance(SOURCE_AWAY_MS - 1_000);
    await tend();
    gateway.leases.length = 0;
    await server.app.get(LeaseVoices).run();
    expect(gateway.leases.length).toBeGreaterThan(0);
    server.clock.advance(2_000);
    await tend();
    gateway.leases.length = 0;
    await server.app.get(LeaseVoices).run();
    expect(gateway.leases.filter(({ streams }) => streams.includes(said.ready.stream))).toEqual([]);
    expect(await sessionOf(said.grant)).toMatchObject({ ended: 'LIVE_AWAY' });
    expect(gateway.closed).toContain(said.ready.stream);
  });

  it('goes on where it was after a broken connection, only one connection has it, and it hears who is above it, though nobody', async () => {
    const said = await speaking();
    said.source.block(said.voice.next(PACKETS));
    await said.source.taken(1);
    const second = await connected();
    expect((await second.speak(await tokenOf('t1-author'), said.grant.id)).nextSeq).toBe(2);
    second.block(said.voice.next(PACKETS));
    await second.taken(2);
    expect(await said.source.ended()).toBe('LIVE_REPLACED');
    await tend();
    await until(() => second.last('preempted')?.by === null);
    await over({ ...said, source: second });
  });

  it('ends at once when it is stopped, and no block is taken behind the stop', async () => {
    const said = await speaking();
    said.source.block(said.voice.next(PACKETS));
    await said.source.taken(1);
    await flow.stop('t1', { scope: { kind: 'messages', messages: [said.grant.digest as never] } });
    expect(await said.source.ended()).toBe('LIVE_STOPPED');
    await until(async () => (await sessionOf(said.grant))?.ended === 'LIVE_STOPPED');
    const again = await connected();
    await expect(again.speak(await tokenOf('t1-author'), said.grant.id)).rejects.toThrow('LIVE_STOPPED');
  });

  it('ends at the longest that its grant allows', async () => {
    const said = await speaking('t1', { maxDurationMs: 1_000 });
    server.clock.advance(said.ready.endsAt - server.clock.now());
    await tend();
    expect(await said.source.ended()).toBe('LIVE_OVER');
  });

  it('tells its source who hears it, and what the time is', async () => {
    const said = await speaking();
    said.source.text({ kind: 'time', t1: 12.5 });
    await until(() => said.source.last('time') !== undefined);
    expect(said.source.last('time')).toMatchObject({ t1: 12.5, t2: server.clock.now() });
    await flow.settle();
    await tend();
    await until(() => said.source.last('heard') !== undefined);
    expect(said.source.last('heard')).toEqual({ kind: 'heard', targeted: 3, listening: 0, proved: 0, behind: 0 });
    await over(said);
  });

  it('tells its source what ranks higher and sounds at some of his loudspeakers, and when they are his again', async () => {
    const said = await speaking();
    const urgent = await flow.onAir('t1', { repeats: 1 });
    const proved = async (set: Partial<Receipt>): Promise<void> => {
      await flow.send([{ terminal: 't1-term-1', envelopes: [await flow.receipt('t1-term-1', urgent.dispatch, { repetition: 1, startedAt: urgent.dispatch.startAt, ...set })] }]);
      await tend();
    };
    await flow.send([{ terminal: 't1-term-1', envelopes: [await flow.receipt('t1-term-1', urgent.dispatch, { state: 'acked', repetition: 0 })] }]);
    await proved({ state: 'audible' });
    await until(() => (said.source.last('preempted')?.by ?? null) !== null);
    expect(said.source.last('preempted')?.by).toMatchObject({ title: '暴雨红色预警', holder: server.world.charterPayload('t1').name, terminals: 1 });
    await proved({ state: 'done', endedAt: urgent.dispatch.startAt + 900, playedDigest: digestNamed('played'), levelCentiDbfs: -1_600 });
    await until(() => said.source.last('preempted')?.by === null);
    await over(said);
  });

  it('opens again at a gateway that restarted, and sends it what is still of use', async () => {
    const said = await speaking();
    said.source.block(said.voice.next(PACKETS));
    await said.source.taken(1);
    await gateway.restart();
    const before = gateway.blocks.length;
    said.source.block(said.voice.next(PACKETS));
    await until(() => gateway.blocks.length > before);
    await over(said);
  });
});

describe('the floor', () => {
  it('is given to nobody but the author of a dispatched living voice, with a token that holds', async () => {
    const grant = await granted('t1');
    const recorded = await flow.submit('t1', {}, true);
    const waits = await handedIn('t1');
    await db.asOwner("UPDATE account SET roles = '{author}' WHERE account = 't1-auditor'");
    const tried: [string, string][] = [];
    for (const [token, message] of [
      ['x'.repeat(40), grant.id], [await tokenOf('t1-admin'), grant.id], [await tokenOf('t1-approver-a'), grant.id], [await tokenOf('t2-author'), grant.id], [await tokenOf('d-author'), grant.id], [await tokenOf('t1-auditor'), grant.id],
      [await tokenOf('t1-author'), recorded.id], [await tokenOf('t1-author'), waits.id],
    ] as const) {
      const source = await connected();
      await source.speak(token, message).then(() => tried.push([message, 'ready']), (cause: Error) => tried.push([message, cause.message]));
    }
    expect(tried.map(([, code]) => code)).toEqual(['LIVE_AUTH', 'LIVE_AUTH', 'LIVE_AUTH', 'LIVE_UNKNOWN', 'LIVE_NOT_YOURS', 'LIVE_NOT_YOURS', 'LIVE_UNKNOWN', 'LIVE_NOT_DISPATCHED']);
    server.clock.advance(30_000);
    const late = await connected();
    await expect(late.speak(await tokenOf('t1-author'), grant.id)).rejects.toThrow('LIVE_OVER');
  });

  it('is one voice\'s at a time for the same loudspeakers and tier, and says whose', async () => {
    const said = await speaking();
    const second = await granted('t1');
    expect([second.answer.status, second.answer.body.code]).toEqual([409, 'LIVE_TAKEN']);
    expect(second.answer.body.fields).toEqual(expect.arrayContaining([{ path: 'holder', code: 'LIVE_TAKEN', message: 't1 author' }]));
    expect((await granted('t2')).answer.status).toBe(201);
    await over(said);
    expect((await flow.approve('t1', second, 'approver-a')).status).toBe(201);
  });

  it('is free again when nobody takes it up, and at once when what has it is stopped', async () => {
    expect((await granted('t1')).answer.status).toBe(201);
    server.clock.advance(30_000);
    const stopped = await granted('t1');
    expect(stopped.answer.status).toBe(201);
    await flow.stop('t1', { scope: { kind: 'messages', messages: [stopped.digest as never] } });
    expect((await granted('t1')).answer.status).toBe(201);
  });

  it('is asked for by as many at once as the database takes, and each is answered', async () => {
    const said = await speaking();
    const many = await Promise.all(Array.from({ length: POOL_SIZE }, () => handedIn('t1')));
    const answers = await db.database.run(async (tx) => {
      await tx.query('SELECT pg_advisory_xact_lock($1)', [TURN_LOCK]);
      const asked = many.map((grant) => flow.approve('t1', grant, 'approver-a'));
      await until(async () => (await tx.query("SELECT 1 FROM pg_stat_activity WHERE application_name = 'clarion-test-server' AND datname = current_database() AND wait_event_type = 'Lock'")).length === many.length);
      return asked;
    }).then((asked) => Promise.all(asked));
    expect(answers.map(({ body }) => body.code)).toEqual(many.map(() => 'LIVE_TAKEN'));
    await over(said);
  });

  it('is not waited for by what ranks higher, and by nothing when it is over, whatever the loudspeakers have told', async () => {
    const said = await speaking();
    const urgent = await granted('t1', {}, true);
    expect(urgent.answer.status).toBe(201);
    const met = async () => ((await flow.draft('t1')).body.consequence.meets as readonly { message: string }[]).map(({ message }) => message);
    expect(await met()).toContain(said.grant.id);
    await over(said);
    await until(async () => !(await met()).includes(said.grant.id));
  });
});

describe('what was said', () => {
  it('is listed, heard again, taken out as it was signed and proved by nothing but the root, in the own area, with a leaf', async () => {
    const said = await speaking();
    for (let n = 0; n < 3; n += 1) said.source.block(said.voice.next(PACKETS));
    await said.source.taken(3);
    const { stream } = said.ready;
    const author = await flow.as('t1-author');
    expect((await author.get('/api/live')).body[0]).toMatchObject({ stream, message: said.grant.id, holder: 't1 author', state: 'speaking', ended: null, lastSeq: 3, title: '防汛喊话' });
    expect((await author.get('/api/on-air')).body.messages).toContainEqual(expect.objectContaining({ id: said.grant.id, live: true }));
    await over(said);
    await until(async () => (await author.get('/api/live')).body[0].ended === 'LIVE_SAID');
    const blocks = await bytesOf(author.token, `/api/live/${stream}/blocks`);
    expect(blocks).toEqual(recordOf(said.grant));
    expect(await bytesOf(author.token, `/api/live/${stream}/recording`)).toEqual(Buffer.from(writeVoiceOgg([...PACKETS, ...PACKETS, ...PACKETS]).bytes));
    const evidence = liveEvidenceSchema.parse((await author.get(`/api/live/${stream}/evidence`)).body);
    const root = trustFromRoot(evidence.root, { demo: true });
    if (!root.ok) throw new Error(root.code);
    expect(verifyLiveEvidence(root.value, evidence, blocks)).toMatchObject({ ok: true, value: { record: { lastSeq: 4, ended: true }, isVoidSince: false } });
    expect(await leavesOf(said.grant)).toEqual(['live.began', 'live.ended', 'live.exported', 'live.exported', 'live.exported']);
    for (const what of ['blocks', 'recording', 'evidence', 'listen']) expect((await (await flow.as('t2-author')).get(`/api/live/${stream}/${what}`)).status).toBe(404);
    expect((await (await flow.as('t2-author')).get('/api/live')).body.map((view: { stream: string }) => view.stream)).not.toContain(stream);
  });

  it('is not given out as sound when its record was changed', async () => {
    const said = await speaking();
    said.source.block(said.voice.next(PACKETS));
    await said.source.taken(1);
    await over(said);
    const at = path.join(server.dataDir, 'live', `${said.ready.stream}.clr`);
    writeFileSync(at, recordOf(said.grant).map((byte, index) => (index === 100 ? byte ^ 1 : byte)));
    const answer = await (await flow.as('t1-author')).get(`/api/live/${said.ready.stream}/recording`);
    expect([answer.status, answer.body.code]).toEqual([409, 'LIVE_RECORD_ALTERED']);
  });

  it('is heard at a desk while it is said, from then on until it ends', async () => {
    const said = await speaking();
    said.source.block(said.voice.next(PACKETS));
    await said.source.taken(1);
    const { token } = await flow.as('t1-approver-a');
    const hearing = bytesOf(token, `/api/live/${said.ready.stream}/listen`);
    const voice = server.app.get(Voices).of(streamIdSchema.parse(said.ready.stream));
    await until(() => voice?.hearers.size === 1);
    const packets = spokenPackets(10).slice(5);
    said.source.block(said.voice.next(packets));
    await over(said);
    const heard = readOggOpusPackets(await hearing);
    expect(heard).toMatchObject({ ok: true });
    expect('packets' in heard ? heard.packets.map((packet) => Buffer.from(packet)) : []).toEqual(packets.map((packet) => Buffer.from(packet)));
    expect(await leavesOf(said.grant)).toContain('live.listened');
    expect((await (await flow.as('t1-approver-a')).get(`/api/live/${said.ready.stream}/listen`)).body.code).toBe('LIVE_OVER');
  });
});

describe('a source that is not what it should be', () => {
  it('loses the connection with whatever is no frame of the link, and comes in by no other door', async () => {
    for (const wrong of ['{', { kind: 'speak' }, { kind: 'other' }]) {
      const source = await connected();
      source.text(wrong);
      expect(await source.ended()).toBe('LIVE_SHAPE');
    }
    const early = await connected();
    early.block(new Uint8Array(200));
    expect(await early.ended()).toBe('LIVE_SHAPE');
    const flood = await connected();
    for (let n = 0; n < 400; n += 1) flood.text({ kind: 'time', t1: n });
    expect(await flood.ended()).toBe('LIVE_SHAPE');
    await expect(connected({ subprotocol: 'other.v1' })).rejects.toThrow();
    await expect(connected({ origin: 'http://elsewhere.example' })).rejects.toThrow('403');
  });

  it('hears each refusal, and loses the connection with an incident when they do not stop; the voice may go on', async () => {
    const said = await speaking();
    const genuine = said.voice.next(PACKETS);
    const forged = Uint8Array.from(genuine, (byte, at) => (at === genuine.length - 1 ? byte ^ 1 : byte));
    said.source.block(forged);
    await until(() => said.source.last('refused-block') !== undefined);
    expect(said.source.last('refused-block')).toEqual({ kind: 'refused-block', seq: 1, code: 'REJ_SIGNATURE' });
    said.source.block(genuine);
    await said.source.taken(1);
    for (let n = 0; n < 21; n += 1) said.source.block(forged);
    expect(await said.source.ended()).toBe('LIVE_BLOCKS_REFUSED');
    await until(async () => JSON.stringify((await (await flow.as('t1-author')).get('/api/incidents')).body).includes('REJ_SEQ_REPLAY'));
    const back = await connected();
    expect((await back.speak(await tokenOf('t1-author'), said.grant.id)).nextSeq).toBe(2);
    await over({ ...said, source: back });
    expect(verifyLiveRecord(grantOf(said.grant, said.ready.startAt), recordOf(said.grant))).toMatchObject({ ok: true, value: { lastSeq: 2, ended: true } });
  });

  it('loses the floor when its session is revoked', async () => {
    const said = await speaking('t2');
    await (await flow.as('t2-author')).delete('/api/session');
    flow.callers.delete('t2-author');
    server.clock.advance(3_000);
    await tend();
    expect(await said.source.ended()).toBe('LIVE_AUTH');
    server.clock.advance(SOURCE_AWAY_MS);
    await tend();
    expect(await sessionOf(said.grant)).toMatchObject({ ended: 'LIVE_AWAY' });
  });
});

describe('after a restart of the server', () => {
  it('a voice is taken up where its record ends, and what a crash cut of it is taken away', async () => {
    const said = await speaking();
    said.source.block(said.voice.next(PACKETS));
    await said.source.taken(1);
    await crashed(said.ready.stream);
    appendFileSync(path.join(server.dataDir, 'live', `${said.ready.stream}.clr`), Uint8Array.of(0, 0, 1, 44, 67));
    await server.app.get(RestoreVoices).onApplicationBootstrap();
    expect(await statesOf(said.ready.stream)).toBe('away');
    const back = await connected();
    expect((await back.speak(await tokenOf('t1-author'), said.grant.id)).nextSeq).toBe(2);
    back.block(said.voice.next(PACKETS));
    await back.taken(2);
    await over({ ...said, source: back });
    expect(verifyLiveRecord(grantOf(said.grant, said.ready.startAt), recordOf(said.grant))).toMatchObject({ ok: true, value: { lastSeq: 3, ended: true, cutBytes: 0 } });
  });

  it('what cannot go on is ended with what is true of it', async () => {
    const said = await speaking();
    said.source.block(said.voice.next(PACKETS));
    await said.source.taken(1);
    await crashed(said.ready.stream);
    server.clock.advance(said.ready.endsAt - server.clock.now());
    await server.app.get(RestoreVoices).onApplicationBootstrap();
    expect(await sessionOf(said.grant)).toMatchObject({ ended: 'LIVE_OVER', last_seq: '1' });
  });
});

describe('the log of all this', () => {
  it('is proved by both verifiers', async () => {
    const kinds = (await db.asOwner<{ kind: string }>("SELECT DISTINCT kind FROM audit_leaf WHERE kind LIKE 'live.%' ORDER BY kind")).map(({ kind }) => kind);
    expect(kinds).toEqual(['live.began', 'live.ended', 'live.exported', 'live.listened']);
    for (const verdict of await auditedByBoth(flow)) expect(verdict).toMatchObject({ ok: true, counts: { messages: expect.any(Number) } });
  });
});

/** Of a voice that ran nothing is left in memory. */
async function crashed(stream: string): Promise<void> {
  const voices = server.app.get(Voices);
  const voice = voices.of(streamIdSchema.parse(stream));
  if (voice === undefined) throw new Error('no voice');
  voices.remove(voice);
  await voice.record.close();
}
async function bytesOf(token: string, at: string): Promise<Buffer> {
  const answer = await fetch(`${server.base}${at}`, { headers: { authorization: `Bearer ${token}` } });
  return Buffer.from(await answer.arrayBuffer());
}
async function statesOf(stream: string): Promise<string | undefined> {
  return server.app.get(Voices).of(streamIdSchema.parse(stream))?.state;
}
