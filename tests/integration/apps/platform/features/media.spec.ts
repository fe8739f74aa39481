import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { decodeOggOpus, generateChime, generateSiren, measureLoudness, writeWav } from '#libs/audio';
import { mediaHoldingsSchema, type MediaHoldings } from '#libs/contracts';
import { sha256Hex } from '#libs/suites';
import { MediaSweep } from '../../../../../apps/platform/src/features/media/media-sweep';
import { CONFIG } from '../../../../../apps/platform/src/kernel/tokens';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { useMessageFlow } from '../../../../support/message-flow';
import { makeWebm } from '../../../../unit/libs/audio/webm';

const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server);

const get = async (account: string, sha256: string, headers: Record<string, string> = {}) =>
  fetch(`${server.base}/api/media/${sha256}`, { headers: { authorization: `Bearer ${(await flow.as(account)).token}`, ...headers } });

describe('a recording', () => {
  it('is levelled for horns, encoded, stored under its digest, and the same again is the same', async () => {
    const wav = writeWav(generateChime('opening'));
    const author = await flow.as('v1-author');
    const first = await flow.upload(author, wav, 'chime');
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({ role: 'chime', integratedCentiLufs: expect.any(Number), durationMs: expect.any(Number) });
    expect(Math.abs(first.body.integratedCentiLufs + 1_600)).toBeLessThan(150);
    expect(first.body.truePeakCentiDbtp).toBeLessThanOrEqual(-195);
    expect(first.body.checks).toMatchObject({ truePeakCentiDbtp: expect.any(Number), silentPermille: expect.any(Number), clippedSamples: 0, warnings: [] });
    const bytes = new Uint8Array(await (await get('v1-author', first.body.sha256)).arrayBuffer());
    expect([sha256Hex(bytes), bytes.length]).toEqual([first.body.sha256, first.body.bytes]);
    expect(measureLoudness(decodeOggOpus(bytes)).truePeakDbtp).toBeLessThan(-1);
    expect(existsSync(path.join(server.dataDir, 'media', first.body.sha256.slice(0, 2), first.body.sha256))).toBe(true);
    expect((await flow.upload(author, wav, 'chime')).body.sha256).toBe(first.body.sha256);
    // What came out can come in again.
    expect((await flow.upload(author, bytes, 'recording', 'audio/ogg')).status).toBe(201);
  });

  it('may be the browser\'s own: WebM with Opus, and a drill made of one says before and after that it is a drill', async () => {
    const author = await flow.as('t1-author');
    const { status, body } = await flow.upload(author, makeWebm(generateSiren('rise-fall', 900)), 'recording', 'audio/webm;codecs=opus');
    expect([status, body.durationMs > 850]).toEqual([201, true]);
    const mp4 = Uint8Array.from([0, 0, 0, 24, ...new TextEncoder().encode('ftypM4A '), ...new Uint8Array(40)]);
    // Read with ffmpeg where there is one, and then it is none.
    expect((await flow.upload(author, mp4, 'recording', 'audio/mp4')).body).toMatchObject({ code: expect.stringMatching(/^AUDIO_(UNREADABLE|NO_FFMPEG)$/) });
    const now = server.clock.now();
    const drill = await author.post('/api/drills', { name: '防汛演练', kind: 'terminal', areas: ['t1-area'], opensAt: now, closesAt: now + 7_200_000, notice: '今天防汛演练。' });
    const sounds: { id: string; sha256: string }[] = (await author.get('/api/sounds')).body;
    const named = (id: string) => sounds.find((sound) => sound.id === id)?.sha256;
    const draft = await flow.draft('t1', {
      mode: 'drill', drill: drill.body.id, title: '演练：防汛', text: '这是演练。请集合。以上是演练内容。', notBefore: now, notAfter: now + 3_600_000,
      segments: [{ sha256: flow.siren, role: 'siren' }, { sha256: body.sha256, role: 'recording' }],
    });
    expect(draft.body.message?.body.segments.map(({ sha256 }: { sha256: string }) => sha256)).toEqual([named('phrase-drill-opening'), flow.siren, body.sha256, named('phrase-drill-closing')]);
  });

  it('sent with a wrong address and a wrong key is refused for everything at once', async () => {
    const answer = await fetch(`${server.base}/api/media?role=song&name=${'长'.repeat(61)}`, {
      method: 'POST', body: new Uint8Array([1]), headers: { authorization: `Bearer ${(await flow.as('v1-author')).token}`, 'content-type': 'audio/wav', 'idempotency-key': 'again' },
    });
    const { fields } = await answer.json() as { readonly fields: readonly { readonly path: string; readonly code: string }[] };
    expect([answer.status, fields.map(({ path: where, code }) => `${where} ${code}`)]).toEqual([422, ['Idempotency-Key WRONG_FORMAT', 'query.role NOT_IN_LIST', 'query.name TOO_LARGE']]);
  });

  it('is sent in parts when asked for, and only to who may hear it', async () => {
    const whole = new Uint8Array(await (await get('t1-author', flow.siren)).arrayBuffer());
    const part = await get('t1-author', flow.siren, { range: 'bytes=10-19' });
    expect([part.status, part.headers.get('content-range'), [...new Uint8Array(await part.arrayBuffer())]]).toEqual([206, `bytes 10-19/${whole.length}`, [...whole.slice(10, 20)]]);
    expect((await get('t1-author', flow.siren, { range: 'bytes=999999999-' })).status).toBe(416);
    expect((await get('t2-author', flow.siren)).status).toBe(404);
    expect((await get('d-author', flow.siren)).status).toBe(200);
    expect((await get('t1-author', '..%2f..%2fbootstrap.json')).status).toBe(404);
    expect((await fetch(`${server.base}/api/media/${flow.siren}`)).status).toBe(401);
  });

  it('sent again with its key gives the same answer; another one with that key is refused and leaves nothing', async () => {
    const { token } = await flow.as('t2-author');
    const key = server.clock.uuid();
    const send = async (bytes: Uint8Array) => {
      const answer = await fetch(`${server.base}/api/media`, { method: 'POST', body: new Uint8Array(bytes), headers: { authorization: `Bearer ${token}`, 'content-type': 'audio/wav', 'idempotency-key': key } });
      return { status: answer.status, body: await answer.json() as { readonly code?: string } };
    };
    const first = await send(writeWav(generateChime('opening')));
    expect(first.status).toBe(201);
    expect(await send(writeWav(generateChime('opening')))).toEqual(first);
    const before = readdirSync(path.join(server.dataDir, 'media-originals'));
    const other = await send(writeWav(generateSiren('rise-fall', 300)));
    expect([other.status, other.body.code]).toEqual([409, 'IDEMPOTENCY_KEY_REUSED']);
    expect(readdirSync(path.join(server.dataDir, 'media-originals'))).toEqual(before);
  });

  it('finds no room when the platform\'s is used up, and leaves nothing', async () => {
    const author = await flow.as('v3-author');
    const config = server.app.get<{ mediaQuotaBytes: number }>(CONFIG);
    const { mediaQuotaBytes } = config;
    const originals = readdirSync(path.join(server.dataDir, 'media-originals'));
    Object.assign(config, { mediaQuotaBytes: 1_000 });
    const full = await flow.upload(author, writeWav(generateSiren('rise-fall', 750)), 'recording');
    Object.assign(config, { mediaQuotaBytes });
    expect([full.status, full.body.code]).toEqual([413, 'MEDIA_QUOTA']);
    expect(readdirSync(path.join(server.dataDir, 'media-originals'))).toEqual(originals);
    expect((await flow.upload(author, writeWav(generateSiren('rise-fall', 750)), 'recording')).status).toBe(201);
  });

  it('is no JSON: that is said, not that it is empty', async () => {
    for (const body of ['{}', '{"audio":1}']) {
      const answer = await flow.upload(await flow.as('t1-author'), Buffer.from(body), 'recording', 'application/json');
      expect([answer.status, answer.body.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    }
  });

  it('keeps the original apart, and nothing of what was refused', async () => {
    const originals = path.join(server.dataDir, 'media-originals');
    const before = readdirSync(originals).length;
    await flow.upload(await flow.as('t1-author'), Buffer.from('ID3 not a recording'));
    expect(readdirSync(originals)).toHaveLength(before);
    expect(readdirSync(originals).filter((name) => name.endsWith('.part'))).toEqual([]);
    const [row] = await db.asOwner<{ original_sha256: string }>('SELECT original_sha256 FROM media WHERE sha256 = $1', [flow.siren]);
    expect(existsSync(path.join(originals, row?.original_sha256 ?? ''))).toBe(true);
  });

  it('stays while a message names it, is given up by who holds it, and is thrown away when nobody has brought it for 30 days', async () => {
    const author = await flow.as('v2-author');
    const loose = (await flow.upload(author, writeWav(generateSiren('rise-fall', 700)), 'recording')).body.sha256 as string;
    const spoken = (await flow.upload(author, writeWav(generateSiren('rise-fall', 800)), 'recording')).body.sha256 as string;
    const { id } = await flow.submit('v2', { segments: [{ sha256: flow.siren, role: 'siren' }, { sha256: spoken, role: 'recording' }] }, true);
    const stored = (sha256: string): boolean => existsSync(path.join(server.dataDir, 'media', sha256.slice(0, 2), sha256));
    const held = async (): Promise<MediaHoldings> => mediaHoldingsSchema.parse((await author.get('/api/media')).body);
    expect((await held()).recordings.map(({ sha256, named }) => [sha256, named])).toEqual(expect.arrayContaining([[loose, 0], [spoken, 1]]));
    const before = (await held()).usedBytes;
    expect(before).toBeGreaterThan(2 * 44 + 48 * 1_500);

    expect((await author.delete(`/api/media/${spoken}`)).body.code).toBe('MEDIA_IN_USE');
    expect((await (await flow.as('v1-author')).delete(`/api/media/${loose}`)).status).toBe(404);
    expect((await author.delete(`/api/media/${loose}`)).status).toBe(204);
    expect([(await author.delete(`/api/media/${loose}`)).status, (await held()).usedBytes < before, (await get('v2-author', loose)).status]).toEqual([404, true, 404]);

    const sweep = server.app.get(MediaSweep);
    const originals = readdirSync(path.join(server.dataDir, 'media-originals')).length;
    await sweep.run();
    expect(stored(loose)).toBe(true);
    server.clock.advance(31 * 86_400_000);
    await sweep.run();
    expect([stored(loose), stored(spoken), stored(flow.siren)]).toEqual([false, true, true]);
    expect(readdirSync(path.join(server.dataDir, 'media-originals')).length).toBeLessThan(originals);
    expect(await db.asOwner('SELECT 1 FROM media WHERE sha256 = $1', [loose])).toEqual([]);
    expect(await db.asOwner('SELECT 1 FROM media_reference WHERE subject = $1', [id])).not.toEqual([]);
    // Brought again, it is there again.
    expect((await flow.upload(await server.signIn('v2-author'), writeWav(generateSiren('rise-fall', 700)), 'recording')).body.sha256).toBe(loose);
    expect(stored(loose)).toBe(true);
  });
});
