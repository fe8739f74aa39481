import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { envelopeSchema, messageSchema, messageViewSchema, type Draft, type Message, type MessageState } from '#libs/contracts';
import { encodePayload, parseEnvelope, toBase64 } from '#libs/envelope';
import { pcmOf, writeWav } from '#libs/audio';
import { deriveKeyFileKey, freshKeyFileKdf, generateKey, sealKeyFile, sha256Hex, verifiedSignatures, type GeneratedKey } from '#libs/suites';
import { liveGrantOf, verifyLiveRecord, type LiveGrant, type LiveRecord } from '#libs/trust';
import { systemClock, type Clock } from '../../../../apps/cli/src';
import messageVectors from '../../../vectors/contracts/message.json';
import { SourceDoor } from '../../../support/source-door';
import { freePort } from '../../../support/ports';
import { clarion, FakePlatform, sessionOf } from './fake-platform';

// A source on its own machine against a platform whose time is forty seconds ahead; short sounds, said at their own pace.
const folder = mkdtempSync(path.join(os.tmpdir(), 'clarion-source-'));
const file = (name: string): string => path.join(folder, name);
const PERMIT = 'ab'.repeat(32);
let platform: FakePlatform;
let door: SourceDoor;
let key: GeneratedKey;
let environment: Record<string, string>;
let drafted: Message;
let grant: LiveGrant;
let state: MessageState;

const tone = (seconds: number): Float32Array => Float32Array.from({ length: 48_000 * seconds }, (_, n) => 0.3 * Math.sin((2 * Math.PI * (300 + n / 800) * n) / 48_000));
const words = (...more: readonly string[]): string[] => ['source', 'file', file('said.wav'), '--for', file('grant.json'), '--key', file('key.json'), '--passphrase-file', file('passphrase'), '--no-opening', ...more];
/** Nobody waits long between two looks. */
const clock: Clock = { ...systemClock, sleep: (ms) => systemClock.sleep(Math.min(ms, 20)) };
const run = (args: readonly string[], typed = '', set: Readonly<Record<string, string>> = {}) => clarion(args, { ...environment, ...set }, typed, clock);
const refusedAs = (code: string): unknown => expect.stringMatching(new RegExp(`^${code}`, 'm'));

/** As an honest platform makes it of a draft. */
function messageOf({ live, permit, class: kind, title, text, eventType, severity }: Draft): Message {
  if (live === undefined) throw new Error('not live');
  const { opening, ...body } = live;
  return messageSchema.parse({
    ...messageVectors.good[0], class: kind, severity, mode: 'actual', drill: null, eventType, author: 'lehua-01-clerk', platform: 'lehua-01', texts: [{ language: 'zh-CN', title, text }], readings: [],
    body: { live: { ...body, blockMs: 100, chime: opening ? { sha256: '3'.repeat(64), bytes: 9, role: 'chime', durationMs: 500 } : null } },
    targets: { areas: ['lehua-01'], terminals: [] }, repeats: 1, gapMs: 0, corrections: [], corrects: null, replaces: null, sourceUnit: null, sourceRef: null, ...(permit === undefined ? {} : { permit }),
  });
}
const digestOf = (message: Message): string => sha256Hex(encodePayload(message));
function answerTo(message: Message): object {
  return {
    message, payload: toBase64(encodePayload(message)), messageDigest: digestOf(message), corrections: [], voice: null,
    consequence: { terminals: 3, online: 3, villages: 1, households: 9, steps: [], verification: 'none', mayApprove: [], durationMs: 60_000, notBefore: 1, notAfter: 2, meets: [], quiet: 0 },
  };
}
function view(): object {
  const { id, unit, author, class: kind, severity, mode, eventType } = drafted;
  return {
    ...messageViewSchema.parse({
      id, messageDigest: digestOf(drafted), platform: drafted.platform, tier: 'village', unit, author, class: kind, severity, mode, title: '', text: '', eventType, sourceUnit: null, sourceRef: null, drill: null,
      corrects: null, corrections: [], readings: [], state, hold: true, policyVersion: 1, steps: [], submittedAt: 1, approvedAt: null, notBefore: 1, notAfter: 2, durationMs: 1, dispatches: [],
      tally: { targeted: 0, queued: 0, sent: 0, acked: 0, audible: 0, done: 0, failed: 0, reasons: {} },
    }),
  };
}
function goesOut(): void {
  state = 'dispatched';
  if (!('live' in drafted.body)) throw new Error('not live');
  grant = liveGrantOf(digestOf(drafted), drafted.body.live, { startAt: Math.trunc(door.now()) });
}
function record(): LiveRecord {
  const verified = verifyLiveRecord(grant, door.record);
  if (!verified.ok) throw new Error(verified.code);
  return verified.value;
}

beforeAll(async () => {
  platform = await FakePlatform.start();
  door = new SourceDoor(() => grant);
  platform.onUpgrade((...given) => { door.upgrade(...given); });
  key = await generateKey('ed25519');
  writeFileSync(file('key.json'), JSON.stringify(await sealKeyFile(key.pkcs8, key.key, await deriveKeyFileKey('abcd-efgh', freshKeyFileKdf(2 ** 14)))), { mode: 0o600 });
  writeFileSync(file('passphrase'), 'abcd-efgh\n', { mode: 0o600 });
  writeFileSync(file('session.json'), JSON.stringify(sessionOf('lehua-01-clerk', 'lehua-01')));
  writeFileSync(file('grant.json'), JSON.stringify({ class: 'governance', severity: 'none', eventType: 'meeting', title: '村务通知', text: '村委会讲话', targets: { areas: ['lehua-01'] } }));
  writeFileSync(file('said.wav'), writeWav(pcmOf(tone(0.4))));
  environment = { CLARION_URL: platform.url, CLARION_DATA: file('data'), CLARION_DEMO_KEYS: file('people'), CLARION_SESSION: file('session.json'), PATH: process.env['PATH'] ?? '' };
});
beforeEach(() => {
  platform.forget();
  door.forget();
  state = 'submitted';
  platform.on('GET /api/sounds', []);
  platform.on('POST /api/messages/draft', ({ body }: { readonly body: Buffer }) => {
    drafted = messageOf(JSON.parse(body.toString('utf8')) as Draft);
    platform.on(`GET /api/messages/${drafted.id}`, () => {
      state = state === 'submitted' ? 'approved' : state;
      return { json: { ...view(), envelope: envelopeSchema.parse({ payloadType: 'application/vnd.clarion.message.v1+json', payload: toBase64(encodePayload(drafted)), signatures: [{ keyid: key.key.keyId, sig: 'AAAA' }] }), approvals: [], correctionEnvelopes: [] } };
    });
    platform.on(`POST /api/messages/${drafted.id}/dispatch`, () => {
      goesOut();
      return { json: view() };
    });
    return { json: answerTo(drafted) };
  });
  platform.on('POST /api/messages', () => {
    if (drafted.permit !== undefined) goesOut();
    return { json: view() };
  });
});
afterAll(async () => {
  await platform.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('./clarion source file', () => {
  it('says a file under a permit with a key of its own, on the district\'s time, at the pace of the clock, and ends it', async () => {
    const { code, out, err } = await run([...words('--permit', PERMIT), '--json']);
    expect([code, err]).toEqual([0, '']);
    const { capturedFrom, ended, gaps, packets } = record();
    expect([ended, gaps, packets.length, door.refused]).toEqual([true, [], 20, []]);
    expect(JSON.parse(out)).toMatchObject({ stream: grant.stream, why: 'said', saidMs: 400, sent: 5, taken: 5, refused: 0, heard: { targeted: 3, proved: 2 }, isTaken: true });
    // Each block came when its last sample was over, not sooner.
    expect(door.arrived.slice(0, 4).filter((at, n) => at < capturedFrom + (n + 1) * 100 - 5)).toEqual([]);
    const [sent] = platform.posted('/api/messages') as readonly { message: unknown; hold: boolean }[];
    const parsed = parseEnvelope(envelopeSchema.parse(sent?.message));
    if (!parsed.ok) throw new Error(parsed.code);
    expect([verifiedSignatures(parsed.envelope, parsed.payload, [key.key]).length, sent?.hold]).toEqual([1, false]);
    expect(grant.live.sessionKey.keyId).not.toBe(key.key.keyId);
    expect(door.asked).toEqual([{ kind: 'speak', token: 'claims.signature', message: drafted.id }]);
  });

  it('takes another key each time, and signs no grant that names a foreign one', async () => {
    platform.on('POST /api/messages/draft', ({ body }: { readonly body: Buffer }) => {
      const asked = JSON.parse(body.toString('utf8')) as Draft;
      const live = asked.live === undefined ? undefined : { ...asked.live, sessionKey: grant.live.sessionKey };
      return { json: answerTo(messageOf({ ...asked, ...(live === undefined ? {} : { live }) })) };
    });
    expect(await run([...words('--permit', PERMIT), '--json'])).toMatchObject({ code: 4, out: expect.stringContaining('"path":"live"') as string });
    expect(platform.posted('/api/messages')).toEqual([]);
  });

  it('waits for who must sign and then for Enter; nobody there, nothing goes out', async () => {
    const alone = await run(words());
    expect(alone).toMatchObject({ code: 2, err: refusedAs('.*NOT_CONFIRMED') });
    expect(platform.asked.some(({ path: at }) => at.endsWith('/dispatch'))).toBe(false);
    const { code, out } = await run(words(), '\n');
    expect([code, record().ended]).toEqual([0, true]);
    expect(out).toContain('5 blocks, 5 taken, 0 refused, heard by 2 of 3');
    expect((platform.posted('/api/messages') as readonly { hold: boolean }[]).every(({ hold }) => hold)).toBe(true);
  });

  it('connects again where the way breaks, and nothing of what was said is lost', async () => {
    let isCut = false;
    door.before = (seq) => {
      if (isCut || seq < 3) return undefined;
      isCut = true;
      return 'cut';
    };
    expect((await run(words('--permit', PERMIT))).code).toBe(0);
    expect([door.asked.length, record().lastSeq, record().packets.filter((packet) => packet !== null).length]).toEqual([2, expect.any(Number), 20]);
    expect(record().gaps.filter(({ lostBlocks }) => lostBlocks > 0)).toEqual([]);
  });

  it('ends at once where it is stopped, and says who else speaks where the turn is taken', async () => {
    door.before = (seq) => (seq === 3 ? 'stop' : undefined);
    expect(await run(words('--permit', PERMIT))).toMatchObject({ code: 4, err: refusedAs('LIVE_STOPPED') });
    expect(door.blocks).toHaveLength(2);
    door.forget();
    door.judge = () => ({ kind: 'ended', code: 'LIVE_TAKEN', holder: '乐化镇制播员', until: 1_793_000_000_000 });
    expect(await run(words('--permit', PERMIT))).toMatchObject({ code: 4, err: expect.stringContaining('乐化镇制播员, until 2026-10-26T') as string });
  });

  it('ends with its end at the operator\'s Ctrl-C, and is cut at the grant\'s', async () => {
    let act = (): void => undefined;
    door.before = (seq) => {
      if (seq === 2) act();
      return undefined;
    };
    const { code, out } = await clarion([...words('--permit', PERMIT), '--json'], environment, '', clock, (given) => {
      act = given;
      return () => { act = () => undefined; };
    });
    expect([code, door.isEnded, JSON.parse(out)]).toMatchObject([0, true, { why: 'interrupted' }]);
    expect(record().packets.length).toBeLessThan(20);
    door.forget();
    writeFileSync(file('long.wav'), writeWav(pcmOf(tone(1.2))));
    const cut = await run([...words('--permit', PERMIT, '--seconds', '1', '--json').map((word) => (word === file('said.wav') ? file('long.wav') : word))]);
    expect([cut.code, door.isEnded, JSON.parse(cut.out)]).toMatchObject([3, true, { why: 'over' }]);
  });

  it('refuses what is no sound, no grant, and what cannot be meant', async () => {
    writeFileSync(file('no.wav'), 'no sound');
    const of = (name: string) => words('--permit', PERMIT).map((word) => (word === file('said.wav') ? file(name) : word));
    expect(await run(of('no.wav'))).toMatchObject({ code: 2, err: refusedAs('AUDIO_UNLISTED_FORMAT') });
    writeFileSync(file('spoken.json'), JSON.stringify({ class: 'governance', severity: 'none', eventType: 'meeting', title: 'a', text: 'b', targets: {}, speech: {} }));
    expect(await run(words().map((word) => (word === file('grant.json') ? file('spoken.json') : word)))).toMatchObject({ code: 2, err: refusedAs('COMPOSE_FILE') });
    for (const wrong of [words('--delay', '100'), words('--seconds', '601'), words('--permit', PERMIT, '--go'), ['source', 'radio'], ['source', 'file', '--for', file('grant.json')]]) {
      expect(await run(wrong)).toMatchObject({ code: 2, err: refusedAs('USAGE') });
    }
    expect(platform.posted('/api/messages/draft')).toEqual([]);
  });
});

describe('other sources', () => {
  const about = ['--for', file('grant.json'), '--key', file('key.json'), '--passphrase-file', file('passphrase'), '--no-opening', '--permit', PERMIT, '--json'];

  it('a microphone is heard through a child that gets no word of the caller\'s but a device\'s name', async () => {
    writeFileSync(file('raw'), Buffer.alloc(1_920 * 25, 20));
    writeFileSync(file('ffmpeg'), `#!/bin/sh\nprintf '%s\\n' "$@" > ${file('args')}\nenv > ${file('env')}\nfor n in 1 2 3 4 5 6 7 8 9 10; do /usr/bin/dd if=${file('raw')} bs=1920 count=2 status=none; /usr/bin/sleep 0.04; done\n`, { mode: 0o755 });
    const { code, out } = await run(['source', 'mic', 'hw:1,0', ...about], '', { FFMPEG_BIN: file('ffmpeg') });
    expect([code, JSON.parse(out), door.refused]).toMatchObject([0, { why: 'said' }, []]);
    expect(record().packets.filter((packet) => packet !== null).length).toBeGreaterThan(12);
    for (const device of ['-i', '/etc/passwd', 'a b', '']) expect(await run(['source', 'mic', ...about, '--', device], '', { FFMPEG_BIN: file('ffmpeg') })).toMatchObject({ code: 2, out: expect.stringContaining('"code":"DEVICE"') as string });
  });

  it('a stream is read by HTTP alone; a list that leads elsewhere is not followed', async () => {
    const port = await freePort();
    const list = '#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile:///etc/passwd\n';
    const server = createServer((request, response) => {
      response.end(request.url === '/live.wav' ? writeWav(pcmOf(tone(0.3))) : list);
    });
    await new Promise<void>((resolve) => { server.listen(port, '127.0.0.1', resolve); });
    try {
      const { code, out } = await run(['source', 'url', `http://127.0.0.1:${port}/live.wav`, ...about]);
      expect([code, JSON.parse(out)]).toMatchObject([0, { why: 'said', saidMs: 300 }]);
      door.forget();
      expect(await run(['source', 'url', `http://127.0.0.1:${port}/list.m3u8`, ...about])).toMatchObject({ code: 4, out: expect.stringContaining('"code":"CAPTURE_FAILED"') as string });
      expect(door.blocks).toHaveLength(1);
      expect(await run(['source', 'url', 'file:///etc/passwd', ...about])).toMatchObject({ out: expect.stringContaining('"code":"URL"') as string });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
