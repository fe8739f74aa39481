import type { DraftAnswer, Message } from '#libs/contracts';
import { filesOf } from '#libs/domain';
import { encodePayload, fromBase64, type Envelope } from '#libs/envelope';
import { sha256Hex, signEnvelope } from '#libs/suites';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { useMessageFlow } from '../../../../support/message-flow';
import { usePlatform, type Answer } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { UNREADABLE } from '../../../../support/test-voice';

const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server);
const SPOKEN = { segments: undefined, speech: {} };

const codes = ({ body }: Answer): readonly string[] => (body.fields ?? []).map((field: { path: string; code: string }) => `${field.path} ${field.code}`).sort();
const sign = (message: object): Promise<Envelope> => signEnvelope('message', encodePayload(message), [server.world.key('t1', 'author').signer]);
const digestOf = (message: object): string => sha256Hex(encodePayload(message));
async function drafted(set: object = {}): Promise<DraftAnswer> {
  const { body, status } = await flow.draft('t1', set);
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body;
}
const submit = async (message: object, corrections: readonly object[]): Promise<Answer> =>
  (await flow.as('t1-author')).post('/api/messages', { message: await sign(message), corrections: await Promise.all(corrections.map(sign)) });

describe('a spoken text', () => {
  it('becomes the body with the opening of its class, and says how it is read and by which voice', async () => {
    const answer = await drafted({ ...SPOKEN, text: '未来3小时降雨100毫米。' });
    expect(filesOf(answer.message.body).map(({ role }) => role)).toEqual(['siren', 'speech', 'speech']);
    expect(answer.message.readings).toEqual([{ written: '3', read: '三' }, { written: '100', read: '一零零' }]);
    expect(answer.voice).toBe('test one-tone');
    expect(filesOf((await drafted({ ...SPOKEN, class: 'advisory' })).message.body).map(({ role }) => role)).toEqual(['chime', 'speech']);
    expect((await submit(answer.message, answer.corrections.map(({ message }) => message))).status).toBe(201);
  });

  it('comes in one way, and every fault is named at once', async () => {
    expect(codes(await flow.draft('t1', { speech: {} }))).toEqual(['segments SOUND_CHOICE', 'speech SOUND_CHOICE']);
    expect(codes(await flow.draft('t1', { segments: undefined }))).toEqual(['live SOUND_CHOICE', 'segments SOUND_CHOICE', 'speech SOUND_CHOICE']);
    const many = await flow.draft('t1', { ...SPOKEN, text: `水位${UNREADABLE}米`, language: 'en', readings: [{ written: '1', read: '一' }], severity: 'none', targets: { areas: ['atlantis'], terminals: [] }, drill: '0191f2d0-0000-7000-8000-000000000001' });
    expect(codes(many)).toEqual(['drill DRILL_ONLY', 'language LANGUAGE_UNSPOKEN', 'readings READINGS_SPOKEN', 'targets.areas.0 AREA_UNKNOWN', 'text.2 READING_UNKNOWN']);
    expect(codes(await flow.draft('t1', { ...SPOKEN, mode: 'drill' }))).toEqual(['drill DRILL_MISSING', 'text DRILL_NOT_SAID_FIRST', 'text DRILL_NOT_SAID_LAST', 'title DRILL_TITLE']);
    expect(codes(await flow.draft('t1', { ...SPOKEN, repeats: 10, notAfter: server.clock.now() + 3_000 }))).toEqual(['speech LONGER_THAN_WINDOW']);
  });

  it('is an error where nothing can speak, and so is a warning with recordings, because it could not be taken back', async () => {
    flow.voice.silence();
    try {
      expect((await flow.draft('t1', SPOKEN)).body.code).toBe('SPEECH_ENGINE_MISSING');
      expect([(await flow.draft('t1')).status, (await flow.draft('t1')).body.code]).toEqual([503, 'SPEECH_ENGINE_MISSING']);
      const notice = await flow.draft('t1', { class: 'notice', severity: 'none', segments: [{ sha256: flow.siren, role: 'chime' }] });
      expect([notice.status, notice.body.corrections, notice.body.voice]).toEqual([200, [], null]);
    } finally {
      flow.voice.silence(false);
    }
  });
});

describe('what takes a message back', () => {
  it('comes with every warning: the standing texts, or those that were asked for', async () => {
    const standing = await drafted();
    expect(standing.corrections.map(({ message }) => [message.corrects, message.texts[0]?.title, message.texts[0]?.text])).toEqual([
      ['correction', '更正：暴雨红色预警', '刚才播出的暴雨红色预警是误发，请不要恐慌。'], ['all-clear', '解除：暴雨红色预警', '暴雨红色预警已经解除。'],
    ]);
    for (const { message, messageDigest, payload } of standing.corrections) {
      expect(message).toMatchObject({ class: 'emergency', severity: 'red', mode: 'actual', volume: standing.message.volume, targets: standing.message.targets, repeats: 2, corrections: [] });
      expect(filesOf(message.body).map(({ role }) => role)).toEqual(['chime', 'speech']);
      expect(message.notAfter).toBe(message.notBefore + 24 * 3_600_000);
      expect(sha256Hex(fromBase64(payload) ?? new Uint8Array())).toBe(messageDigest);
    }
    expect(standing.message.corrections).toEqual(standing.corrections.map(({ message, messageDigest }) => ({ kind: message.corrects, digest: messageDigest })));
    const own = await drafted({ corrections: [{ kind: 'correction', text: '刚才是误发。' }] });
    expect(own.corrections.map(({ message }) => message.texts[0]?.text)).toEqual(['刚才是误发。']);
    // A title that cannot be read for certain keeps nobody from warning.
    expect((await drafted({ title: `${UNREADABLE}号预警` })).corrections.map(({ message }) => message.texts[0]?.text)).toEqual(['刚才播出的广播是误发，请不要恐慌。', '刚才的警报已经解除。']);
    expect((await drafted({ class: 'notice', severity: 'none', ...SPOKEN })).corrections).toEqual([]);
  });

  it('is refused with a place where it is wrong', async () => {
    expect(codes(await flow.draft('t1', { corrections: [] }))).toEqual(['corrections CORRECTION_MISSING']);
    expect(codes(await flow.draft('t1', { corrections: [{ kind: 'all-clear', text: '解除。' }] }))).toEqual(['corrections CORRECTION_MISSING']);
    expect(codes(await flow.draft('t1', { corrections: [{ kind: 'correction', text: `误发${UNREADABLE}` }, { kind: 'correction', text: '误发' }] }))).toEqual(['corrections.0.text.2 READING_UNKNOWN', 'corrections.1.kind CORRECTION_TWICE']);
    expect(codes(await flow.draft('t1', { corrections: [{ kind: 'sorry', text: '' }] })).length).toBeGreaterThan(0);
  });

  const parts = async (): Promise<{ readonly message: Message; readonly taken: readonly Message[]; listing(taken: readonly Message[]): Message }> => {
    const { message, corrections } = await drafted();
    const taken = corrections.map((one) => one.message);
    return { message, taken, listing: (others) => ({ ...message, corrections: others.map((one) => ({ kind: one.corrects ?? 'correction', digest: digestOf(one) as never })) }) };
  };

  it('is handed in with the message, just what it lists, and kept with it', async () => {
    const { message, taken, listing } = await parts();
    expect(codes(await submit(listing([]), []))).toEqual(['corrections CORRECTION_MISSING']);
    expect(codes(await submit(message, []))).toEqual(['corrections.0 CORRECTION_ABSENT', 'corrections.1 CORRECTION_ABSENT']);
    expect(codes(await submit(listing(taken.slice(0, 1)), taken))).toEqual(['corrections.1.original.corrections CORRECTION_DIFFERS']);
    expect(codes(await submit(message, [...taken, ...taken.slice(0, 1)]))).toEqual(['corrections CORRECTION_TWICE']);
    expect((await submit(message, taken)).status).toBe(201);
    const detail = (await (await flow.as('t1-approver-a')).get(`/api/messages/${message.id}`)).body;
    expect(detail.correctionEnvelopes).toHaveLength(2);
    await flow.settle();
    const ahead = flow.gateway.frames('prefetch').at(-1)?.frame.media.map(({ sha256 }) => sha256);
    expect(ahead).toEqual(expect.arrayContaining(taken.flatMap(({ body }) => filesOf(body).map(({ sha256 }) => sha256))));
  });

  it.each<[string, Partial<Message>, RegExp]>([
    ['another class', { class: 'notice', severity: 'none' }, /^corrections\.0.* (CORRECTION_DIFFERS|REJ_)/], ['other targets', { targets: { areas: ['t1-area', 'v1-area'] as never, terminals: [] } }, /^corrections\.0\.targets\.areas CORRECTION_DIFFERS$/],
    ['a siren', {}, /^corrections\.0.* (REJ_CEILING|OPENING_MISSING)$/], ['a day too long', { notAfter: 0 }, /^corrections\.0/],
    ['audio of another length', {}, /^corrections\.0\.body\.segments\.1 MEDIA_DIFFERS$/], ['no kind', { corrects: null }, /^corrections\.0/],
  ])('is refused with %s', async (what, change, expected) => {
    const { message, taken: [first, second], listing } = await parts();
    if (first === undefined || second === undefined) throw new Error('no corrections');
    const [chime, ...others] = filesOf(first.body);
    const [opening] = filesOf(message.body);
    if (chime === undefined || opening === undefined) throw new Error('no segments');
    const bodies: Readonly<Record<string, Partial<Message>>> = {
      'a siren': { body: { segments: [opening, ...others] } },
      'a day too long': { notAfter: message.notAfter + 25 * 3_600_000 },
      'audio of another length': { body: { segments: [chime, ...others.slice(0, -1), ...others.slice(-1).map((last) => ({ ...last, durationMs: last.durationMs + 1 }))] } },
    };
    const wrong = { ...first, ...change, ...bodies[what] };
    const answer = await submit(listing([wrong, second]), [wrong, second]);
    expect(answer.status).toBe(422);
    expect(codes(answer).filter((code) => expected.test(code)).length).toBeGreaterThan(0);
  });

  it('sounds by no other way: handed in alone it is refused', async () => {
    const { taken: [first] } = await parts();
    if (first === undefined) throw new Error('no correction');
    expect(codes(await submit(first, []))).toEqual(['corrects CORRECTION_ALONE']);
  });
});
