import { decodeOggOpus, measureLoudness } from '#libs/audio';
import { encodePayload } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';
import { FEATURES } from '../../../../apps/platform/src/app.module';
import { usePlatform } from '../../../support/platform-server';
import { useDatabase } from '../../../support/postgres';

const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });

const TEXT = '气温-5℃，14:02前请拨打119，乐化镇转移300余人。';

async function fetched(account: string, sha256: string): Promise<{ readonly status: number; readonly bytes: Uint8Array }> {
  const { token } = await server.signIn(account);
  const answer = await fetch(`${server.base}/api/media/${sha256}`, { headers: { authorization: `Bearer ${token}` } });
  return { status: answer.status, bytes: new Uint8Array(await answer.arrayBuffer()) };
}

describe('the reading check', () => {
  it('says how each number and place will be read, with its place, and how long it will sound', async () => {
    const author = await server.signIn('t1-author');
    const { status, body } = await author.post('/api/speech/read', { text: TEXT });
    expect(status).toBe(200);
    expect(body.faults).toEqual([]);
    expect(body.readings).toEqual(expect.arrayContaining([
      { written: '-5℃', read: '零下五摄氏度' }, { written: '14:02', read: '十四时零二分' }, { written: '119', read: '幺幺九' }, { written: '乐化', read: 'lè huà' }, { written: '300余人', read: '三百余人' },
    ]));
    expect(body.places).toContainEqual({ at: TEXT.indexOf('119'), written: '119', read: '幺幺九' });
    expect(body.seconds).toBeGreaterThan(4);
  });

  it('names every place that it cannot read at once, and makes no sound then', async () => {
    const author = await server.signIn('t1-author');
    const text = '请看 https://a.cn ，2月30日见iPhone';
    const { body } = await author.post('/api/speech/read', { text });
    expect(body.faults.map(({ at, code }: { at: number; code: string }) => [at, code])).toEqual([
      [text.indexOf('https'), 'ADDRESS_UNREADABLE'], [text.indexOf('2月'), 'DATE_IMPOSSIBLE'], [text.indexOf('iPhone'), 'LETTERS_UNKNOWN'],
    ]);
    const refused = await author.post('/api/speech', { text });
    expect([refused.status, refused.body.code, refused.body.fields.map(({ path, code }: { path: string; code: string }) => [path, code])]).toEqual([
      422, 'INVALID', [['text.3', 'ADDRESS_UNREADABLE'], [`text.${text.indexOf('2月')}`, 'DATE_IMPOSSIBLE'], [`text.${text.indexOf('iPhone')}`, 'LETTERS_UNKNOWN']],
    ]);
  });

  it('is for authors', async () => {
    for (const at of ['/api/speech/read', '/api/speech']) {
      expect((await (await server.signIn('t1-stopper')).post(at, { text: '好' })).status).toBe(403);
      expect((await server.call('POST', at, { text: '好' })).status).toBe(401);
    }
  });
});

describe('a spoken text', () => {
  it('is at horn loudness after encoding, named by its digest, and made once for text, voice and speed', async () => {
    const author = await server.signIn('t1-author');
    const first = await author.post('/api/speech', { text: TEXT });
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({ engine: 'espeak-ng', voice: 'cmn-latn-pinyin', media: { role: 'speech', name: TEXT } });
    const { status, bytes } = await fetched('t1-author', first.body.media.sha256);
    expect([status, sha256Hex(bytes), bytes.length]).toEqual([200, first.body.media.sha256, first.body.media.bytes]);
    const loudness = measureLoudness(decodeOggOpus(bytes));
    expect(Math.abs(loudness.integratedLufs + 16)).toBeLessThan(1);
    expect(loudness.truePeakDbtp).toBeLessThanOrEqual(-2);
    expect(first.body.media).toMatchObject({ integratedCentiLufs: Math.round(loudness.integratedLufs * 100), truePeakCentiDbtp: Math.round(loudness.truePeakDbtp * 100) });

    const again = await author.post('/api/speech', { text: TEXT });
    expect(again.body).toEqual(first.body);
    const slow = await author.post('/api/speech', { text: TEXT, speed: 'slow' });
    expect(slow.body.media.durationMs).toBeGreaterThan(first.body.media.durationMs * 1.1);
    expect(await db.asOwner('SELECT key FROM speech')).toHaveLength(2);
    const leaves = await db.asOwner<{ body: string }>("SELECT body FROM audit_leaf WHERE body LIKE '%speech.made%'");
    expect(leaves).toHaveLength(2);
    expect(leaves.some(({ body }) => body.includes('119'))).toBe(false);
  }, 40_000);

  it('belongs to who asked: another platform gets it by asking for the same text', async () => {
    const text = '请注意安全。';
    const { body } = await (await server.signIn('t1-author')).post('/api/speech', { text });
    expect((await fetched('t2-author', body.media.sha256)).status).toBe(404);
    expect((await (await server.signIn('t2-author')).post('/api/speech', { text })).body.media.sha256).toBe(body.media.sha256);
    expect((await fetched('t2-author', body.media.sha256)).status).toBe(200);
  }, 20_000);

  it('is made once when two ask at the same time', async () => {
    const author = await server.signIn('v1-author');
    const before = (await db.asOwner('SELECT key FROM speech')).length;
    const [one, other] = await Promise.all([author.post('/api/speech', { text: '水已退。' }), author.post('/api/speech', { text: '水已退。' })]);
    expect([one.status, other.status, one.body.media.sha256]).toEqual([201, 201, other.body.media.sha256]);
    expect(await db.asOwner('SELECT key FROM speech')).toHaveLength(before + 1);
  }, 20_000);
});

describe('the lexicon of a platform', () => {
  it('overrules the one that ships, for it and for those below it', async () => {
    const entry = { written: '石港', pinyin: 'dan4 gang3', kind: 'place' };
    const written = await writeLexicon('t1-author', [entry]);
    expect([written.status, written.body]).toEqual([200, [entry]]);
    const reading = async (account: string) => (await (await server.signIn(account)).post('/api/speech/read', { text: '石港' })).body.readings;
    expect(await reading('t1-author')).toEqual([{ written: '石港', read: 'dàn gǎng' }]);
    expect(await reading('v1-author')).toEqual([{ written: '石港', read: 'dàn gǎng' }]);
    expect(await reading('t2-author')).toEqual([{ written: '石港', read: 'shí gǎng' }]);
    expect((await writeLexicon('t1-author', [])).body).toEqual([]);
    expect(await reading('v1-author')).toEqual([{ written: '石港', read: 'shí gǎng' }]);
  });

  it('leaves the digest of its words in the log: which they were can be shown later', async () => {
    const entry = { written: '石港', pinyin: 'dan4 gang3', kind: 'place' };
    await writeLexicon('t1-author', [entry]);
    const [leaf] = await db.asOwner<{ body: string }>("SELECT body FROM audit_leaf WHERE kind = 'lexicon.written' ORDER BY inserted_at DESC LIMIT 1");
    expect(JSON.parse(leaf?.body ?? '{}')).toMatchObject({ facts: { entries: 1, digest: sha256Hex(encodePayload([entry])) } });
    await writeLexicon('t1-author', []);
  });

  it('takes no entry that says another word than is written, and names each', async () => {
    const answer = await writeLexicon('t1-author', [{ written: '石港', pinyin: 'dan4 gang3', kind: 'place' }, { written: '撤离', pinyin: 'liu2 xia4', kind: 'word' }]);
    expect([answer.status, answer.body]).toMatchObject([422, { code: 'LEXICON_READING', fields: [{ path: '1.pinyin' }, { path: '1.pinyin' }] }]);
    expect((await (await server.signIn('t1-author')).get('/api/speech/lexicon')).body).toEqual([]);
  });

  it('takes no entry that leaves a character without a syllable, and none twice', async () => {
    for (const wrong of [[{ written: '石港', pinyin: 'shi2', kind: 'place' }], [{ written: 'WiFi', pinyin: 'wai1 fai4', kind: 'word' }], [{ written: '石', pinyin: 'dan4', kind: 'place' }, { written: '石', pinyin: 'shi2', kind: 'place' }], [{ written: '红色', read: '蓝色', pinyin: 'hong2 se4', kind: 'word' }]]) {
      expect((await writeLexicon('t1-author', wrong)).status).toBe(422);
    }
  });
});

it('the voice in use is said, and that it speaks', async () => {
  const { body } = await (await server.signIn('t1-approver-a')).get('/api/speech/voice');
  expect(body).toEqual({ engine: 'espeak-ng', voice: 'cmn-latn-pinyin', speeds: ['slow', 'normal', 'fast'], ready: true, fault: null });
});

async function writeLexicon(account: string, entries: unknown): Promise<{ readonly status: number; readonly body: unknown }> {
  return (await server.signIn(account)).post('/api/speech/lexicon', entries);
}
