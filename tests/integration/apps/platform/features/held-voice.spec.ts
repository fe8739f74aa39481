import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { streamIdSchema, type LiveView, type Message } from '#libs/contracts';
import { generateChime, writeWav } from '#libs/audio';
import { encodePayload, fromBase64 } from '#libs/envelope';
import { sha256Hex, signEnvelope } from '#libs/suites';
import { liveGrantOf, verifyLiveRecord } from '#libs/trust';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { HeldSources } from '../../../../../apps/platform/src/features/messages';
import { HeldVoices } from '../../../../../apps/platform/src/features/streaming/held-voices';
import { RestoreVoices } from '../../../../../apps/platform/src/features/streaming/restore-voices';
import { Voices } from '../../../../../apps/platform/src/features/streaming/voices';
import { LiveGatewayDouble } from '../../../../support/live-gateway';
import { LiveSourceClient } from '../../../../support/live-source-client';
import { sessionKey } from '../../../../support/live-voice';
import { useMessageFlow, type Submitted } from '../../../../support/message-flow';
import { usePlatform, type Answer } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { until } from '../../../../support/until';

/*
 * A voice that the platform's own server says, from a source that its settings name: a WAV file over HTTP, which ends by itself.
 */
const folder = mkdtempSync(path.join(os.tmpdir(), 'clarion-held-'));
const SOURCES = path.join(folder, 'sources.json');
const radio = http.createServer((_request, response) => void response.end(writeWav(generateChime('opening'))));

beforeAll(async () => {
  await new Promise<void>((resolve) => { radio.listen(0, '127.0.0.1', resolve); });
  writeFileSync(SOURCES, JSON.stringify({ radio: { url: `http://127.0.0.1:${(radio.address() as AddressInfo).port}/live.wav` }, hall: { alsa: 'hw:1,0', platforms: ['v1'] } }));
});
afterAll(() => {
  radio.close();
  rmSync(folder, { recursive: true, force: true });
});

const db = useDatabase();
const server = usePlatform(db, { features: FEATURES, settings: { CLARION_LIVE_SOURCES: SOURCES, PATH: process.env['PATH'] ?? '' } });
const flow = useMessageFlow(server);
let gateway: LiveGatewayDouble;
beforeAll(async () => {
  gateway = await LiveGatewayDouble.start(server.dataDir, flow.gateway);
});
afterAll(() => gateway.close());

const keysDir = (): string => path.join(server.dataDir, 'keys', 'live');
const keys = (): readonly string[] => readdirSync(keysDir());
const drafted = async (set: object = {}): Promise<Answer> => (await flow.as('t1-author')).post('/api/messages/draft', {
  class: 'daily', severity: 'none', eventType: 'programme', title: '转播新闻', text: '转播县广播站新闻。', targets: { areas: ['t1-area'] }, repeats: 1, gapMs: 0,
  live: { source: 'radio', maxDurationMs: 60_000, opening: false }, ...set,
});
async function handedIn(message: Message): Promise<Submitted & { readonly answer: Answer }> {
  const payload = encodePayload(message);
  const envelope = await signEnvelope('message', payload, [server.world.key('t1', 'author').signer]);
  return { id: message.id, envelope, message, digest: sha256Hex(payload), corrections: [], answer: await (await flow.as('t1-author')).post('/api/messages', { message: envelope, corrections: [] }) };
}
const faultsOf = ({ body }: Answer): readonly string[] => (body.fields ?? [body]).map(({ path: at, code }: { path?: string; code: string }) => `${at ?? ''} ${code}`);
const viewOf = async ({ id }: Pick<Submitted, 'id'>): Promise<LiveView | undefined> =>
  ((await (await flow.as('t1-author')).get('/api/live')).body as readonly LiveView[]).find(({ message }) => message === id);

describe('a voice that the server holds', () => {
  it('is of a source that the settings name, of the class daily, and no louder than that', async () => {
    expect(faultsOf(await drafted({ live: { source: 'nobody' } }))).toEqual(['live.source LIVE_SOURCE_UNKNOWN']);
    expect(faultsOf(await drafted({ live: { source: 'hall' } }))).toEqual(['live.source LIVE_SOURCE_UNKNOWN']);
    expect(faultsOf(await drafted({ live: { source: 'radio', url: 'http://169.254.169.254/' } })).join()).toContain('live');
    expect(faultsOf(await drafted({ live: { source: 'radio', sessionKey: sessionKey().record } }))).toEqual(['live.sessionKey FIELD_INVALID']);
    expect(faultsOf(await drafted({ class: 'notice' }))).toContain('class LIVE_HELD');
    expect(faultsOf(await drafted({ volume: 'full' }))).toEqual(['volume LIVE_HELD']);
    expect(() => keys()).toThrow('ENOENT');
  });

  it('is not made of what a person says, nor the other way round', async () => {
    const { message }: { message: Message } = (await drafted()).body;
    if (!('live' in message.body)) throw new Error('no voice');
    const { held: _held, ...own } = message.body.live;
    expect(faultsOf((await handedIn({ ...message, body: { live: own } })).answer)).toEqual(['body.live.sessionKey SESSION_KEY_HELD']);
    expect(faultsOf((await handedIn({ ...message, body: { live: { ...message.body.live, sessionKey: sessionKey().record } } })).answer)).toEqual(['body.live.sessionKey LIVE_SOURCE_UNKNOWN']);
    expect(faultsOf((await handedIn({ ...message, volume: 'high' })).answer)).toEqual([' REJ_CEILING']);
  });

  it('is said in its slot by the server alone, recorded as signed, and its key is thrown away behind it', async () => {
    const { message, payload }: { message: Message; payload: string } = (await drafted()).body;
    expect(sha256Hex(fromBase64(payload) ?? new Uint8Array())).toBe(sha256Hex(encodePayload(message)));
    if (!('live' in message.body)) throw new Error('no voice');
    const { sessionKey: key, held } = message.body.live;
    expect(held).toBe('platform');
    const [file = ''] = keys().filter((name) => name.startsWith(key.keyId));
    expect(file).toBe(`${key.keyId}.radio.json`);
    expect(statSync(path.join(keysDir(), file)).mode & 0o777).toBe(0o600);
    const grant = await handedIn(message);
    expect(grant.answer.status).toBe(201);
    await server.app.get(HeldVoices).run();
    expect(await viewOf(grant)).toBeUndefined();
    expect((await flow.approve('t1', grant, 'approver-a')).status).toBe(201);
    await server.app.get(HeldVoices).run();
    expect(await viewOf(grant)).toMatchObject({ state: 'speaking', class: 'daily', held: 'platform' });

    const intruder = await LiveSourceClient.connect(server.base);
    await expect(intruder.speak((await flow.as('t1-author')).token, grant.id)).rejects.toThrow('LIVE_NOT_YOURS');
    await intruder.close();

    const running = setInterval(() => server.clock.advance(40), 10);
    await until(async () => (await viewOf(grant))?.state === 'ended').finally(() => clearInterval(running));
    expect(await viewOf(grant)).toMatchObject({ ended: 'LIVE_SAID', refused: 0 });
    const [{ start_at: startAt } = { start_at: '' }] = await db.asOwner<{ start_at: string }>(`SELECT start_at FROM dispatch WHERE message = '${grant.id}'`);
    const record = verifyLiveRecord(liveGrantOf(grant.digest, message.body.live, { startAt: Number(startAt) }), readFileSync(path.join(server.dataDir, 'live', `${grant.digest.slice(0, 32)}.clr`)));
    expect(record).toMatchObject({ ok: true, value: { firstSeq: 1, ended: true, gaps: [] } });
    expect(record.ok && record.value.digests.length).toBeGreaterThan(5);
    await until(() => !keys().includes(file));
    expect((await db.asOwner<{ body: string }>(`SELECT body FROM audit_leaf WHERE subject = '${grant.id}' AND kind = 'live.began'`))[0]?.body).toContain('"held":"platform"');
    expect(JSON.stringify(await db.asOwner('SELECT * FROM live_session'))).not.toContain('pkcs8');
  });

  it('goes on after a restart of the server, behind what is on record and under no number a second time', async () => {
    const { message }: { message: Message } = (await drafted()).body;
    const grant = await handedIn(message);
    await flow.approve('t1', grant, 'approver-a');
    await server.app.get(HeldVoices).run();
    const stream = streamIdSchema.parse(grant.digest.slice(0, 32));
    const running = setInterval(() => server.clock.advance(40), 10);
    const voices = server.app.get(Voices);
    await until(() => (voices.of(stream)?.lastSeq ?? 0) > 4);
    const voice = voices.of(stream);
    if (voice === undefined) throw new Error('no voice');
    voices.remove(voice);
    voice.source?.end('LIVE_SHUTDOWN');
    await voice.record.close();
    const onRecord = voice.lastSeq;
    server.clock.advance(1_000);
    await server.app.get(RestoreVoices).onApplicationBootstrap();
    await until(async () => (await viewOf(grant))?.state === 'ended').finally(() => clearInterval(running));
    expect(await viewOf(grant)).toMatchObject({ ended: 'LIVE_SAID', refused: 0 });
    const [{ start_at: startAt } = { start_at: '' }] = await db.asOwner<{ start_at: string }>(`SELECT start_at FROM dispatch WHERE message = '${grant.id}'`);
    if (!('live' in message.body)) throw new Error('no voice');
    const record = verifyLiveRecord(liveGrantOf(grant.digest, message.body.live, { startAt: Number(startAt) }), readFileSync(path.join(server.dataDir, 'live', `${stream}.clr`)));
    expect(record).toMatchObject({ ok: true, value: { ended: true, gaps: [{ lostBlocks: 50 }] } });
    expect(record.ok && record.value.lastSeq).toBeGreaterThan(onRecord + 50);
  });

  it('leaves no key of a draft that nobody handed in, nor of a grant that was withdrawn', async () => {
    const { message }: { message: Message } = (await drafted()).body;
    const grant = await handedIn(message);
    await drafted();
    expect(keys().length).toBeGreaterThanOrEqual(2);
    await (await flow.as('t1-author')).post(`/api/messages/${grant.id}/withdraw`, { reason: '取消' });
    const sources = server.app.get(HeldSources);
    const states = await Promise.all(sources.keys().map(async (key) => (await sources.grantOf(key))?.state));
    expect(new Set(states)).toEqual(new Set([undefined, 'withdrawn']));
    server.clock.set(Date.now());
    await sources.tidy();
    expect(keys()).toEqual([]);
  });
});
