import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { approvalSchema, envelopeSchema, messageSchema, stopSchema, type Message } from '#libs/contracts';
import { CORRECTION_KINDS, correctionTitle, correctionUntil, filesOf, standingTexts } from '#libs/domain';
import { encodePayload, parseEnvelope, parseStrictJson, toBase64, wordOf } from '#libs/envelope';
import { deriveKeyFileKey, freshKeyFileKdf, generateKey, sealKeyFile, sha256Hex, signEnvelope, verifiedSignatures, type GeneratedKey } from '#libs/suites';
import messageVectors from '../../../vectors/contracts/message.json';
import { clarion, FakePlatform, sessionOf } from './fake-platform';
import { NOW } from './temp-demo';

const folder = mkdtempSync(join(tmpdir(), 'clarion-signing-'));
const file = (name: string): string => join(folder, name);
let platform: FakePlatform;
let key: GeneratedKey;
let environment: Readonly<Record<string, string>>;

const composed = {
  class: 'emergency', severity: 'red', eventType: 'rainstorm', title: '暴雨红色预警', text: '预计未来三小时雨量将达一百毫米以上。\n请立即停止户外活动。',
  segments: [{ sound: 'siren' }, { file: 'warning.wav', role: 'speech' }, { sha256: '5'.repeat(64), role: 'recording' }],
  targets: { areas: ['lehua', '360199101000'], terminals: ['t-qiaoshe-01-1'] },
  repeats: 3, gapMs: 2_000, sourceUnit: '经开区气象台', sourceRef: '暴雨红色第3号', readings: [{ written: '100毫米', read: '一百毫米' }],
} as const;

const plain: Message = messageSchema.parse({
  ...messageVectors.good[0], class: 'emergency', severity: 'red', mode: 'actual', eventType: 'rainstorm', author: 'district-qxj-author', platform: 'jingkai',
  texts: [{ language: 'zh-CN', title: composed.title, text: composed.text }], readings: composed.readings,
  body: { segments: [['1', 'siren'], ['2', 'speech'], ['5', 'recording']].map(([digit = '', role]) => ({ sha256: digit.repeat(64), bytes: 10, role, durationMs: 5_000 })) },
  targets: { areas: ['lehua', 'jiaoqiao'], terminals: ['t-qiaoshe-01-1'] }, repeats: 3, gapMs: 2_000, sourceUnit: composed.sourceUnit, sourceRef: composed.sourceRef,
  notBefore: NOW, notAfter: NOW + 7_200_000, issuedAt: NOW, replaces: null, volume: 'full', whenPreempted: 'resume', drill: null, corrects: null, corrections: [],
});
const part = (digit: string, role: string): object => ({ sha256: digit.repeat(64), bytes: 10, role, durationMs: 1_000 });

/** What takes it back, as an honest platform makes it; with fields replaced. */
function correctionsOf(message: Message, change: object = {}): readonly Message[] {
  return CORRECTION_KINDS.map((kind, at) => messageSchema.parse({
    ...message, id: `0197a3b0-0003-7000-8000-00000000000${at}`, corrects: kind, corrections: [], readings: [], repeats: 2, gapMs: 1_000, whenPreempted: 'resume',
    texts: [{ language: 'zh-CN', title: correctionTitle(kind, composed.title), text: standingTexts(kind, composed.title, 'actual')[0] }],
    body: { segments: [part(kind === 'correction' ? '5' : '7', 'chime'), part('6', 'speech')] }, notAfter: correctionUntil(message), ...change,
  }));
}
const digestOf = (message: Message): string => sha256Hex(encodePayload(message));
const listing = (message: Message, corrections: readonly Message[]): Message =>
  messageSchema.parse({ ...message, corrections: corrections.map((one) => ({ kind: one.corrects, digest: digestOf(one) })) });

/** The message that an honest platform makes of it. */
const honest = listing(plain, correctionsOf(plain));

const consequence = {
  terminals: 42, online: 40, villages: 3, households: 2_000, steps: [{ name: 'issue', role: 'approver', unit: null, count: 2, order: 1, mayFollowAir: false, dueHours: 0 }],
  verification: 'one', mayApprove: ['district-yjj-approver'], durationMs: 51_000, notBefore: NOW, notAfter: NOW + 7_200_000,
  meets: [{ message: '0197a3b0-0009-7000-8000-000000000009', title: '防汛通知', class: 'notice', severity: 'none', terminals: 12, how: 'preempts' }], quiet: 0,
};

const toSign = (message: Message): object => ({ message, payload: toBase64(encodePayload(message)), messageDigest: digestOf(message) });
const draftAnswer = (message: Message, corrections: readonly Message[] = correctionsOf(plain)): object =>
  ({ ...toSign(message), consequence, corrections: corrections.map(toSign), voice: 'test one-tone' });

function viewOf(message: Message): object {
  return {
    id: message.id, messageDigest: sha256Hex(encodePayload(message)), platform: message.platform, tier: 'district', unit: message.unit, author: message.author,
    class: message.class, severity: message.severity, mode: message.mode, title: '', text: '', eventType: message.eventType, sourceUnit: null, sourceRef: null,
    drill: null, corrects: null, corrections: [], readings: [],
    state: 'submitted', hold: false, policyVersion: 1, submittedAt: NOW, approvedAt: null, notBefore: NOW, notAfter: NOW, durationMs: 1, dispatches: [],
    steps: [{ name: 'issue', role: 'approver', unit: null, count: 2, order: 1, open: true, signed: [] }],
    tally: { targeted: 0, queued: 0, sent: 0, acked: 0, audible: 0, done: 0, failed: 0, reasons: {} },
  };
}

async function detailOf(message: Message): Promise<Record<string, unknown>> {
  return { ...viewOf(message), envelope: await signEnvelope('message', encodePayload(message), [key.signer]), approvals: [], correctionEnvelopes: await Promise.all(correctionsOf(plain).map((one) => signEnvelope('message', encodePayload(one), [key.signer]))) };
}

/** What an envelope holds, once the signature of our key over it is verified. */
function signedByUs(value: unknown): { readonly word: string | undefined; readonly payload: Uint8Array; readonly value: unknown } {
  const parsed = parseEnvelope(envelopeSchema.parse(value));
  if (!parsed.ok) throw new Error(parsed.code);
  expect(verifiedSignatures(parsed.envelope, parsed.payload, [key.key])).toHaveLength(1);
  const json = parseStrictJson(parsed.payload);
  return { word: wordOf(parsed.envelope.payloadType), payload: parsed.payload, value: json.ok ? json.value : undefined };
}

const submitWords = ['submit', file('compose.json'), '--key', file('key.json'), '--passphrase-file', file('passphrase')];
const approveWords = ['approve', honest.id, '--key', file('key.json'), '--passphrase-file', file('passphrase')];

beforeAll(async () => {
  platform = await FakePlatform.start();
  key = await generateKey('ed25519');
  const sealed = await sealKeyFile(key.pkcs8, key.key, await deriveKeyFileKey('abcd-efgh', freshKeyFileKdf(2 ** 14)));
  writeFileSync(file('key.json'), JSON.stringify(sealed), { mode: 0o600 });
  writeFileSync(file('passphrase'), 'abcd-efgh\n', { mode: 0o600 });
  writeFileSync(file('compose.json'), JSON.stringify(composed));
  writeFileSync(file('warning.wav'), 'RIFF of a test');
  writeFileSync(file('session.json'), JSON.stringify(sessionOf('district-qxj-author', 'jingkai')));
  environment = { CLARION_URL: platform.url, CLARION_STOP_URL: platform.url, CLARION_DATA: file('data'), CLARION_DEMO_KEYS: file('people'), CLARION_SESSION: file('session.json') };
});
beforeEach(() => {
  const media = { bytes: 10, durationMs: 5_000, name: '', integratedCentiLufs: -1_600, truePeakCentiDbtp: -100 };
  const area = { parent: null, name: '蛟桥镇', platform: 'jiaoqiao', tier: 'township', terminals: 1, online: 1 };
  platform.forget();
  platform.on('GET /api/sounds', [
    ['siren', '1', 'siren'], ['siren-rise-fall', '1', 'siren'], ['chime-opening', '3', 'chime'], ['chime-correction', '5', 'chime'], ['chime-all-clear', '7', 'chime'], ['phrase-emergency-preamble', '4', 'speech'],
  ].map(([id, digit = '', role]) => ({ ...media, id, sha256: digit.repeat(64), role })));
  const checks = { integratedCentiLufs: -1_600, truePeakCentiDbtp: -200, silentPermille: 0, longestSilenceMs: 0, clippedSamples: 0, warnings: [] };
  platform.on('POST /api/media', { ...media, sha256: '2'.repeat(64), role: 'recording', checks });
  platform.on('GET /api/areas', [{ ...area, id: 'jiaoqiao', codes: ['360199101000', '360122104000'] }, { ...area, id: 'lehua', codes: ['360199102000'] }]);
  platform.on('POST /api/messages/draft', draftAnswer(honest));
  platform.on('POST /api/messages', viewOf(honest));
});
afterAll(async () => {
  await platform.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('a compose file', () => {
  it('becomes a draft: audio uploaded, sounds and files turned into digests, defaults filled in', async () => {
    const { code, out } = await clarion(['compose', file('compose.json')], environment);
    expect([code, platform.posted('/api/messages')]).toEqual([0, []]);
    const [sent] = platform.posted('/api/messages/draft');
    const { segments: _named, ...rest } = composed;
    expect(sent).toEqual({
      ...rest, mode: 'actual', language: 'zh-CN',
      segments: [{ sha256: '1'.repeat(64), role: 'siren' }, { sha256: '2'.repeat(64), role: 'speech' }, { sha256: '5'.repeat(64), role: 'recording' }],
    });
    const upload = platform.asked.find((asked) => asked.path === '/api/media');
    expect([upload?.headers['content-type'], upload?.body.toString('utf8')]).toEqual(['audio/wav', 'RIFF of a test']);
    expect(out).toContain('to lehua jiaoqiao t-qiaoshe-01-1\n42 terminals (40 online) in 3 villages, 2000 households\nwill interrupt 防汛通知 (notice/none, 0197a3b0-0009-7000-8000-000000000009) at 12 terminals\nmust sign: issue x2 — may sign: district-yjj-approver\n');
    expect(out).toContain('taken back by correction: 刚才播出的暴雨红色预警是误发，请不要恐慌。\n');
    expect(out).toContain('3 times, volume full');
  });

  it.each([
    ['is no JSON', '{', 'FILE_NOT_JSON'],
    ['has an unknown field', JSON.stringify({ ...composed, volum: 'full' }), 'COMPOSE_FILE'],
    ['has no segments', JSON.stringify({ ...composed, segments: [] }), 'COMPOSE_FILE'],
    ['names a segment in two ways', JSON.stringify({ ...composed, segments: [{ sound: 'siren', file: 'x.wav' }] }), 'COMPOSE_FILE'],
    ['names a sound that does not exist', JSON.stringify({ ...composed, segments: [{ sound: 'gong' }] }), 'SOUND_UNKNOWN'],
    ['names an audio file that does not exist', JSON.stringify({ ...composed, segments: [{ file: 'gone.wav', role: 'speech' }] }), 'FILE_UNREADABLE'],
  ])('that %s is a usage error', async (_what, text, expected) => {
    writeFileSync(file('bad.json'), text);
    const { code, err } = await clarion(['compose', file('bad.json')], environment);
    expect([code, err.split(':')[0]]).toEqual([2, expected]);
    expect(platform.posted('/api/messages/draft')).toEqual([]);
  });

  it('with several faults hears of every one', async () => {
    writeFileSync(file('bad.json'), JSON.stringify({ ...composed, class: 'warning', repeats: 11, title: '' }));
    const { err } = await clarion(['compose', file('bad.json')], environment);
    for (const path of ['class', 'repeats', 'title']) expect(err).toContain(`\n  ${path}: `);
  });
});

describe('submit', () => {
  it('signs exactly the bytes that it read', async () => {
    await clarion(submitWords, environment);
    const [body] = platform.posted('/api/messages') as readonly { message: unknown; corrections: readonly unknown[]; hold: boolean }[];
    const signed = signedByUs(body?.message);
    expect([signed.word, body?.hold, toBase64(signed.payload)]).toEqual(['message', false, toBase64(encodePayload(honest))]);
    expect(body?.corrections.map((one) => toBase64(signedByUs(one).payload))).toEqual(correctionsOf(plain).map((one) => toBase64(encodePayload(one))));
  });

  it('signs nothing with --dry-run, and needs no key for it', async () => {
    expect((await clarion(['submit', file('compose.json'), '--dry-run'], environment)).code).toBe(0);
    expect((await clarion(['submit', file('compose.json')], environment)).code).toBe(2);
    expect(platform.posted('/api/messages')).toEqual([]);
  });

  const [text] = honest.texts;
  const [siren, ...others] = filesOf(honest.body);
  const changes: readonly (readonly [string, Record<string, unknown>])[] = [
    ['platform', { platform: 'lehua' }], ['author', { author: 'district-yjj-author' }], ['class', { class: 'advisory' }], ['severity', { severity: 'orange' }],
    ['mode', { mode: 'test' }], ['eventType', { eventType: 'typhoon' }], ['texts', { texts: [text, { ...text, language: 'en' }] }], ['language', { texts: [{ ...text, language: 'en' }] }],
    ['title', { texts: [{ ...text, title: '暴雨蓝色预警' }] }], ['text', { texts: [{ ...text, text: '一切正常。' }] }], ['readings', { readings: [{ written: '100毫米', read: '一毫米' }] }],
    ['segments', { body: { segments: [{ ...siren, sha256: '9'.repeat(64) }, ...others] } }], ['segments', { body: { segments: others } }], ['segments', { body: { segments: [{ ...siren, role: 'chime' }, ...others] } }],
    ['targets.areas', { targets: { ...honest.targets, areas: ['lehua', 'qiaoshe'] } }], ['targets.areas', { targets: { ...honest.targets, areas: ['lehua', 'jiaoqiao', 'jingkai'] } }],
    ['targets.areas', { targets: { ...honest.targets, areas: ['lehua'] } }], ['targets.terminals', { targets: { ...honest.targets, terminals: ['t-qiaoshe-01-2'] } }],
    ['repeats', { repeats: 10 }], ['gapMs', { gapMs: 0 }], ['sourceUnit', { sourceUnit: '省气象台' }], ['sourceRef', { sourceRef: null }], ['replaces', { replaces: '7'.repeat(64) }], ['permit', { permit: '7'.repeat(64) }], ['saysAgain', { saysAgain: '7'.repeat(64) }],
  ];

  it.each(changes)('refuses a payload whose %s is not what was asked for, and signs nothing', async (field, change) => {
    platform.on('POST /api/messages/draft', draftAnswer(messageSchema.parse({ ...honest, ...change })));
    const { code, err } = await clarion(submitWords, environment);
    expect([code, platform.posted('/api/messages')]).toEqual([4, []]);
    expect(err).toMatch(/^PAYLOAD_DIFFERS: /);
    expect(err).toContain(`\n  ${field}: `);
  });

  it.each<[string, object]>([
    ['texts', { texts: [{ language: 'zh-CN', title: correctionTitle('correction', composed.title), text: '刚才的警报属实。' }] }], ['targets', { targets: { areas: ['jingkai'], terminals: [] } }],
    ['volume', { volume: 'low' }], ['class', { class: 'notice' }], ['repeats', { repeats: 10 }], ['notAfter', { notAfter: NOW + 7_200_000 }],
    ['segments', { body: { segments: [part('1', 'siren'), part('6', 'speech')] } }], ['segments', { body: { segments: [part('3', 'chime'), part('3', 'chime')] } }], ['replaces', { replaces: '7'.repeat(64) }],
  ])('refuses a correction whose %s is not as it must be, and signs nothing', async (field, change) => {
    const corrections = correctionsOf(plain, change);
    platform.on('POST /api/messages/draft', draftAnswer(listing(plain, corrections), corrections));
    const { code, err } = await clarion(submitWords, environment);
    expect([code, platform.posted('/api/messages')]).toEqual([4, []]);
    expect(err).toContain(`\n  corrections.0.${field}: `);
  });

  it('refuses a warning without its corrections, and one that lists others than it brings', async () => {
    platform.on('POST /api/messages/draft', draftAnswer(listing(plain, []), []));
    expect((await clarion(submitWords, environment)).err).toContain('\n  corrections: ');
    platform.on('POST /api/messages/draft', draftAnswer(listing(plain, correctionsOf(plain, { volume: 'low' }))));
    expect((await clarion(submitWords, environment)).err).toContain('\n  corrections.digest: ');
    expect(platform.posted('/api/messages')).toEqual([]);
  });

  it('takes a spoken text with the opening of its class, whatever recording the voice made, and nothing else around it', async () => {
    const { segments: _segments, readings: _readings, ...spoken } = composed;
    writeFileSync(file('spoken.json'), JSON.stringify({ ...spoken, speech: {} }));
    const body = (...segments: readonly object[]): Message => messageSchema.parse({ ...plain, body: { segments } });
    const good = body(part('1', 'siren'), part('4', 'speech'), part('8', 'speech'));
    platform.on('POST /api/messages/draft', draftAnswer(listing(good, correctionsOf(good)), correctionsOf(good)));
    const words = ['submit', file('spoken.json'), ...submitWords.slice(2)];
    const { code, out } = await clarion(words, environment);
    expect(code).toBe(0);
    expect(out).toContain('  reads 100毫米 as 一百毫米\nspoken by test one-tone\n');
    for (const bad of [body(part('8', 'speech')), body(part('1', 'siren'), part('4', 'speech')), body(part('1', 'siren'), part('4', 'speech'), part('8', 'speech'), part('9', 'recording'))]) {
      platform.on('POST /api/messages/draft', draftAnswer(listing(bad, correctionsOf(bad)), correctionsOf(bad)));
      expect((await clarion(words, environment)).code).not.toBe(0);
    }
  });

  it.each([['window', { notBefore: NOW, notAfter: NOW + 3_600_000 }], ['volume', { volume: 'low' }], ['unit', { unit: 'yjj' }]])('refuses another %s than the one that was asked for', async (_what, wanted) => {
    writeFileSync(file('exact.json'), JSON.stringify({ ...composed, ...wanted }));
    expect(await clarion(['submit', file('exact.json'), ...submitWords.slice(2)], environment)).toMatchObject({ code: 4, err: expect.stringMatching(/^PAYLOAD_DIFFERS: /) as string });
    expect(platform.posted('/api/messages')).toEqual([]);
  });

  it('refuses a payload that says one thing beside an answer that says another', async () => {
    const lying = { ...(draftAnswer(honest)), payload: toBase64(encodePayload({ ...honest, texts: [{ ...text, text: '一切正常。' }] })) };
    platform.on('POST /api/messages/draft', lying);
    const { code, err } = await clarion(submitWords, environment);
    expect([code, platform.posted('/api/messages')]).toEqual([4, []]);
    expect(err).toContain('\n  text: ');
    expect(err).toContain('\n  messageDigest: ');
  });

  it.each([['another kind of document', { version: 1 }], ['an unknown field', { ...honest, mandate: 1 }]])('refuses a payload that is %s', async (_what, value) => {
    platform.on('POST /api/messages/draft', { ...(draftAnswer(honest)), payload: toBase64(encodePayload(value)) });
    expect(await clarion(submitWords, environment)).toMatchObject({ code: 4, err: expect.stringMatching(/^PAYLOAD: /) as string });
    expect(platform.posted('/api/messages')).toEqual([]);
  });

  it('opens no key file with a wrong passphrase', async () => {
    writeFileSync(file('wrong'), 'abcd-efgi', { mode: 0o600 });
    const { code, err } = await clarion([...submitWords.slice(0, -1), file('wrong')], environment);
    expect([code, err]).toEqual([2, expect.stringContaining('key-file-passphrase')]);
    expect(err).not.toContain('abcd-efg');
    expect(platform.posted('/api/messages')).toEqual([]);
  });
});

describe('approve', () => {
  const path = `/api/messages/${honest.id}`;
  const answerWith = async (change: object = {}): Promise<void> => {
    platform.on(`GET ${path}`, { ...await detailOf(honest), ...change });
    platform.on(`POST ${path}/approvals`, viewOf(honest));
  };

  it('signs the digest of the bytes that it showed', async () => {
    await answerWith();
    const { code, out } = await clarion(approveWords, environment);
    expect(code).toBe(0);
    expect(out).toContain(composed.text);
    expect(out).toContain('to lehua jiaoqiao t-qiaoshe-01-1');
    const [body] = platform.posted(`${path}/approvals`) as readonly { approval: unknown }[];
    const signed = signedByUs(body?.approval);
    const digest = digestOf(honest);
    expect(signed.word).toBe('approval');
    expect(approvalSchema.parse(signed.value)).toMatchObject({
      messageDigest: digest, displayedDigest: digest, person: 'district-qxj-author', platform: 'jingkai', step: 'issue', decision: 'approve', policyVersion: 1, listenedPermille: 0,
    });
  });

  it('shows what takes the message back, and signs nothing while a part of it is hidden', async () => {
    await answerWith();
    expect((await clarion(approveWords, environment)).out).toContain('taken back by all-clear: 暴雨红色预警已经解除。\n');
    platform.asked.length = 0;
    await answerWith({ correctionEnvelopes: [] });
    expect(await clarion(approveWords, environment)).toMatchObject({ code: 4, err: expect.stringMatching(/^PAYLOAD_DIFFERS: /) as string });
    expect(platform.posted(`${path}/approvals`)).toEqual([]);
  });

  it('shows all that the bytes do: what they end at once, which drill they are, what sounds', async () => {
    const drill = listing(messageSchema.parse({ ...plain, mode: 'drill', drill: { plan: '0197a3b0-00d1-7000-8000-000000000001', kind: 'terminal' }, replaces: '9'.repeat(64), whenPreempted: 'drop' }), correctionsOf(plain));
    await answerWith(await detailOf(drill));
    const { out } = await clarion(['approve', drill.id, '--dry-run'], environment);
    for (const line of [
      `ends at once the message ${'9'.repeat(64)}`, 'drill of the kind terminal, plan 0197a3b0-00d1-7000-8000-000000000001', 'event rainstorm, unit ',
      `plays siren 5 s ${'1'.repeat(64)}`, `plays speech 5 s ${'2'.repeat(64)}`, `plays recording 5 s ${'5'.repeat(64)}`, '3 times with 2 s between, volume full, dropped when interrupted, between ',
      `  plays chime 1 s ${'7'.repeat(64)}`,
    ]) expect(out).toContain(`\n${line}`);
  });

  it('signs a return with its reason', async () => {
    await answerWith();
    expect((await clarion(['return', ...approveWords.slice(1), '--reason', '时间写错了'], environment)).code).toBe(0);
    const [body] = platform.posted(`${path}/approvals`) as readonly { approval: unknown }[];
    expect(signedByUs(body?.approval).value).toMatchObject({ decision: 'return', reason: '时间写错了' });
  });

  it.each<[string, () => Promise<object>]>([
    ['a digest that is not that of the bytes', () => Promise.resolve({ messageDigest: '8'.repeat(64) })],
    ['the bytes of another message', async () => { const other = messageSchema.parse({ ...honest, id: '0197a3b0-0002-7000-8000-000000000002' }); return { ...await detailOf(other), id: honest.id }; }],
    ['bytes that were changed beside the old digest', async () => ({ envelope: await signEnvelope('message', encodePayload({ ...honest, repeats: 10 }), [key.signer]) })],
  ])('refuses %s, and signs nothing', async (_what, change) => {
    await answerWith(await change());
    expect(await clarion(approveWords, environment)).toMatchObject({ code: 4, err: expect.stringMatching(/^PAYLOAD_DIFFERS: /) as string });
    expect(platform.posted(`${path}/approvals`)).toEqual([]);
  });

  it('refuses when no step is open', async () => {
    await answerWith({ state: 'dispatched', steps: [] });
    expect(await clarion(approveWords, environment)).toMatchObject({ code: 4, err: expect.stringMatching(/^STATE_CONFLICT: /) as string });
  });

  it('signs nothing with --dry-run, and needs no key for it', async () => {
    await answerWith();
    expect((await clarion(['approve', honest.id, '--dry-run'], environment)).code).toBe(0);
    expect((await clarion(['approve', honest.id], environment)).code).toBe(2);
    expect(platform.posted(`${path}/approvals`)).toEqual([]);
  });
});

describe('dispatch and withdraw with --dry-run', () => {
  const path = `/api/messages/${honest.id}`;
  const answerWith = async (change: object): Promise<void> => { platform.on(`GET ${path}`, { ...await detailOf(honest), notAfter: Date.now() + 3_600_000, ...change }); };
  afterEach(() => { expect(platform.asked.filter((asked) => asked.method === 'POST')).toEqual([]); });

  it('are refused when the state forbids it', async () => {
    await answerWith({ state: 'submitted' });
    expect(await clarion(['dispatch', honest.id, '--dry-run'], environment)).toMatchObject({ code: 4, err: expect.stringMatching(/^STATE_CONFLICT: /) as string });
    await answerWith({ state: 'expired' });
    expect(await clarion(['withdraw', honest.id, '--dry-run'], environment)).toMatchObject({ code: 4, err: expect.stringMatching(/^STATE_CONFLICT: /) as string });
    await answerWith({ state: 'dispatched' });
    platform.on(`GET ${path}/deliveries`, []);
    expect(await clarion(['dispatch', honest.id, '--dry-run'], environment)).toMatchObject({ code: 4, err: expect.stringMatching(/^NOTHING_INTERRUPTED: /) as string });
  });

  it('say how many terminals a release reaches and a withdrawal stops', async () => {
    await answerWith({ state: 'approved' });
    platform.on('GET /api/terminals', []);
    expect(await clarion(['dispatch', honest.id, '--dry-run'], environment)).toMatchObject({ code: 0, out: expect.stringMatching(/would dispatch to 0 terminals, now/) as string });
    await answerWith({ state: 'dispatched', tally: { targeted: 9, queued: 1, sent: 1, acked: 1, audible: 4, done: 2, failed: 0, reasons: {} } });
    expect(await clarion(['withdraw', honest.id, '--dry-run'], environment)).toMatchObject({ code: 0, out: expect.stringMatching(/from state dispatched; 4 terminals that sound it and 3 that/) as string });
  });
});

describe('other signed commands', () => {
  it('stop --key signs a stop for the area, by the key of the person', async () => {
    platform.on('POST /stop', ({ body }: { readonly body: Buffer }) => ({
      json: { stopId: honest.id, issuedAt: 1, written: 3, stop: (JSON.parse(body.toString('utf8')) as { stop: unknown }).stop },
    }));
    const words = ['stop', '--area', 'lehua', '--key', file('key.json'), '--passphrase-file', file('passphrase'), '--platform', 'jingkai'];
    expect((await clarion(words, environment)).code).toBe(0);
    expect((await clarion([...words, '--message', '6'.repeat(64)], environment)).code).toBe(0);
    const stops = (platform.posted('/stop') as readonly { stop: unknown }[]).map((body) => stopSchema.parse(signedByUs(body.stop).value));
    expect(stops.map((stop) => [stop.platform, stop.area, stop.scope])).toEqual([
      ['jingkai', 'lehua', { kind: 'all' }], ['jingkai', 'lehua', { kind: 'messages', messages: ['6'.repeat(64)] }],
    ]);
    expect(stops[0]?.stopId).not.toBe(stops[1]?.stopId);
    expect((stops[0]?.notAfter ?? 0) - (stops[0]?.issuedAt ?? 0)).toBe(10 * 86_400_000);
  });

  it('stop --key needs nobody signed in: the signature is the authority, and no token goes along', async () => {
    platform.on('POST /stop', ({ body }: { readonly body: Buffer }) => ({
      json: { stopId: honest.id, issuedAt: 1, written: 3, stop: (JSON.parse(body.toString('utf8')) as { stop: unknown }).stop },
    }));
    const words = ['stop', '--key', file('key.json'), '--passphrase-file', file('passphrase'), '--platform', 'jingkai', '--area', 'jingkai'];
    expect(await clarion(words, { ...environment, CLARION_SESSION: file('no-session.json') })).toMatchObject({ code: 0, err: '' });
    expect(platform.asked.map((asked) => [asked.path, asked.headers.authorization])).toEqual([['/stop', undefined]]);
  });

  it('stop --key says when it reached nobody, and 5 when not even the gateway answers', async () => {
    platform.on('POST /stop', ({ body }: { readonly body: Buffer }) => ({
      json: { stopId: honest.id, issuedAt: 1, written: 0, stop: (JSON.parse(body.toString('utf8')) as { stop: unknown }).stop },
    }));
    const words = ['stop', '--key', file('key.json'), '--passphrase-file', file('passphrase'), '--platform', 'jingkai', '--area', 'jingkai'];
    expect(await clarion(words, environment)).toMatchObject({ code: 3, out: expect.stringMatching(/no terminal was reached[^]*terminals judge the signature themselves; watch on-air/) as string });
    platform.forget();
    expect(await clarion([...words, '--via', 'gateway'], environment)).toMatchObject({ code: 5, err: expect.stringMatching(/^UNREACHABLE: The gateway/) as string });
    expect(platform.asked).toEqual([]);
  });
});
