import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { consentSchema, envelopeSchema, messageSchema, type Consent } from '#libs/contracts';
import { encodePayload, parseEnvelope, parseStrictJson, toBase64 } from '#libs/envelope';
import { deriveKeyFileKey, freshKeyFileKdf, generateKey, sealKeyFile, sha256Hex, signEnvelope, verifiedSignatures, type GeneratedKey } from '#libs/suites';
import messageVectors from '../../../vectors/contracts/message.json';
import { clarion, FakePlatform, sessionOf } from './fake-platform';
import { NOW } from './temp-demo';

const folder = mkdtempSync(join(tmpdir(), 'clarion-consent-'));
const file = (name: string): string => join(folder, name);
const CORRECTION = 'c'.repeat(64);
const STOP = '0197a3b0-0007-7000-8000-000000000007';
const message = messageSchema.parse({
  ...messageVectors.good[0], platform: 'jingkai', author: 'district-qxj-author', corrects: null, corrections: [{ kind: 'correction', digest: CORRECTION }, { kind: 'all-clear', digest: 'd'.repeat(64) }],
});
const digest = sha256Hex(encodePayload(message));
const consent = (act: object, set: object = {}): Consent => consentSchema.parse({ platform: 'jingkai', person: 'district-yjj-stopper', act, signedAt: NOW, ...set });
const acts = { correction: { kind: 'correct', correction: CORRECTION, ofMessage: digest }, 'all-clear': { kind: 'correct', correction: 'd'.repeat(64), ofMessage: digest }, resume: { kind: 'resume', message: digest, stop: STOP } };

let platform: FakePlatform;
let key: GeneratedKey;
let environment: Readonly<Record<string, string>>;
const path = `/api/messages/${message.id}`;

const view = {
  id: message.id, messageDigest: digest, platform: message.platform, tier: 'district', unit: message.unit, author: message.author, class: message.class, severity: message.severity, mode: message.mode,
  title: '暴雨红色预警', text: '', eventType: message.eventType, sourceUnit: null, sourceRef: null, drill: null, corrects: null, corrections: message.corrections, readings: [], state: 'stopped', hold: false,
  policyVersion: 1, submittedAt: NOW, approvedAt: null, notBefore: NOW, notAfter: NOW, durationMs: 1, dispatches: [], steps: [],
  tally: { targeted: 0, queued: 0, sent: 0, acked: 0, audible: 0, done: 0, failed: 0, reasons: {} },
};
const offering = (kinds: Readonly<Record<string, Consent>>): void => {
  platform.on(`GET ${path}/consents`, { offers: Object.entries(kinds).map(([kind, payload]) => ({ kind, title: '更正：暴雨红色预警', text: '是误发。', terminals: 41, payload: toBase64(encodePayload(payload)), until: NOW + 30_000, ends: kind === 'all-clear' ? ['correction'] : [] })) });
};
const words = (command: string, ...more: readonly string[]): string[] => [command, message.id, ...more, '--key', file('key.json'), '--passphrase-file', file('passphrase')];

beforeAll(async () => {
  platform = await FakePlatform.start();
  key = await generateKey('ed25519');
  writeFileSync(file('key.json'), JSON.stringify(await sealKeyFile(key.pkcs8, key.key, await deriveKeyFileKey('abcd-efgh', freshKeyFileKdf(2 ** 14)))), { mode: 0o600 });
  writeFileSync(file('passphrase'), 'abcd-efgh\n', { mode: 0o600 });
  writeFileSync(file('session.json'), JSON.stringify(sessionOf('district-yjj-stopper', 'jingkai')));
  environment = { CLARION_URL: platform.url, CLARION_STOP_URL: platform.url, CLARION_DATA: file('data'), CLARION_DEMO_KEYS: file('people'), CLARION_SESSION: file('session.json') };
});
beforeEach(async () => {
  platform.forget();
  platform.on(`GET ${path}`, { ...view, envelope: await signEnvelope('message', encodePayload(message), [key.signer]), approvals: [], correctionEnvelopes: [] });
  for (const use of ['correct', 'resume']) platform.on(`POST ${path}/${use}`, { ...view, correctedBy: use === 'resume' ? [] : [{ kind: 'correction', message: STOP, at: NOW }] });
});
afterAll(async () => {
  await platform.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What was posted there, once the signature of our key over it is verified. */
function posted(use: string): readonly unknown[] {
  return platform.posted(`${path}/${use}`).map((body) => {
    const parsed = parseEnvelope(envelopeSchema.parse((body as { consent: unknown }).consent));
    if (!parsed.ok) throw new Error(parsed.code);
    expect(verifiedSignatures(parsed.envelope, parsed.payload, [key.key])).toHaveLength(1);
    const json = parseStrictJson(parsed.payload);
    return json.ok ? json.value : undefined;
  });
}

describe('correct and resume', () => {
  it.each([['correction', ['correct']], ['all-clear', ['correct', '--all-clear']], ['resume', ['resume']]] as const)('sign the %s that was asked for, and no other', async (kind, [command = '', ...more]) => {
    offering({ correction: consent(acts.correction), 'all-clear': consent(acts['all-clear']), resume: consent(acts.resume) });
    const { code, err, out } = await clarion(words(command, ...more), environment);
    expect([code, err]).toEqual([0, '']);
    expect(posted(command)).toEqual([consent(acts[kind])]);
    expect(out).toContain('41 at most');
    expect(out.includes('ends the correction that is on the air')).toBe(kind === 'all-clear');
  });

  it('show every stop that is taken back, when there is more than one', async () => {
    const second = STOP.replace(/.$/, 'c');
    offering({ resume: consent({ ...acts.resume, also: [second] }) });
    const { code, out } = await clarion(words('resume'), environment);
    expect([code, out]).toEqual([0, expect.stringContaining(`takes back 2 stops: ${STOP}, ${second}`)]);
  });

  it('sign nothing with --dry-run, and need no key for it', async () => {
    offering({ correction: consent(acts.correction) });
    expect(await clarion(['correct', message.id, '--dry-run'], environment)).toMatchObject({ code: 0, out: expect.stringContaining('更正：暴雨红色预警') as string });
    expect(JSON.parse((await clarion(['correct', message.id, '--dry-run', '--json'], environment)).out)).toMatchObject({ dryRun: true, kind: 'correction', terminals: 41 });
    expect((await clarion(['correct', message.id], environment)).code).toBe(2);
    expect(posted('correct')).toEqual([]);
  });

  it('are refused when nothing like it is offered, naming what is', async () => {
    offering({ 'all-clear': consent(acts['all-clear']) });
    expect(await clarion(words('resume'), environment)).toMatchObject({ code: 4, err: expect.stringMatching(/^NOT_OFFERED: .*all-clear/) as string });
    expect((await clarion(words('resume', '--all-clear'), environment)).code).toBe(2);
  });

  it.each<[string, string, object, object]>([
    ['act', 'correction', acts.resume, {}], ['act', 'correction', acts['all-clear'], {}], ['act', 'correction', { ...acts.correction, ofMessage: 'e'.repeat(64) }, {}],
    ['act', 'resume', { ...acts.resume, message: 'e'.repeat(64) }, {}], ['person', 'resume', acts.resume, { person: 'somebody-else' }], ['platform', 'resume', acts.resume, { platform: 'lehua' }],
  ])('refuse bytes whose %s is not what was asked for (%s), and sign nothing', async (field, kind, act, set) => {
    offering({ [kind]: consent(act, set) });
    const { code, err } = await clarion(words(kind === 'resume' ? 'resume' : 'correct'), environment);
    expect([code, posted('correct'), posted('resume')]).toEqual([4, [], []]);
    expect(err).toContain(`\n  ${field}: `);
  });
});

describe('after a stop', () => {
  const row = { platform: 'jingkai', class: 'emergency', severity: 'red', mode: 'drill', title: '暴雨红色预警', tally: view.tally, areas: ['lehua'], startAt: 1_000, endsAt: 90_000 };
  const answer = { stopId: STOP, issuedAt: 5_000, written: 600, stop: { payloadType: 'application/vnd.clarion.stop.v1+json', payload: 'e30=', signatures: [{ keyid: '0'.repeat(64), sig: 'AAAA' }] } };

  it('the commands that take it back stand ready, for what it cut off only', async () => {
    platform.on('POST /stop', answer);
    platform.on('GET /api/on-air', { at: 1, terminals: { total: 1, online: 1, sounding: 0 }, areas: [], messages: [
      { ...row, id: message.id, messageDigest: digest, state: 'stopped' }, { ...row, id: STOP, messageDigest: 'e'.repeat(64), title: '早已播完', state: 'stopped', endsAt: 2_000 },
    ] });
    offering({ resume: consent(acts.resume), correction: consent(acts.correction), 'all-clear': consent(acts['all-clear']) });
    const { code, out } = await clarion(['stop'], environment);
    expect([code, out.split('\n').slice(1)]).toEqual([0, [
      '【演练 DRILL】暴雨红色预警',
      `  it was right after all (within 30 s) / 30 秒内可恢复:  ./clarion resume ${message.id} --key STOPPER_KEY_FILE`,
      `  it was a false alarm / 误发更正:  ./clarion correct ${message.id} --key STOPPER_KEY_FILE`,
      `  the danger is over / 解除:  ./clarion correct ${message.id} --all-clear --key STOPPER_KEY_FILE`, '',
    ]]);
  });

  it('only what is offered is printed: nothing for a message without corrections, and a sentence where it cannot be asked', async () => {
    const stopped = async (): Promise<string> => (await clarion(['stop'], environment)).out;
    platform.on('POST /stop', answer);
    platform.on('GET /api/on-air', { at: 1, terminals: { total: 1, online: 1, sounding: 0 }, areas: [], messages: [{ ...row, id: message.id, messageDigest: digest, state: 'stopped' }] });
    offering({ resume: consent(acts.resume) });
    expect(await stopped()).not.toContain('./clarion correct');
    expect(await stopped()).toContain(`./clarion resume ${message.id}`);
    offering({});
    expect(await stopped()).toContain('nothing of it can be taken back');
    platform.on(`GET ${path}/consents`, () => ({ status: 503, json: { code: 'DATABASE_DOWN', message: 'The database does not answer.' } }));
    expect(await stopped()).toContain('cannot be asked now');
  });

  it('of a correction names the message that it corrects', async () => {
    platform.on('POST /stop', answer);
    platform.on('GET /api/on-air', { at: 1, terminals: { total: 1, online: 1, sounding: 0 }, areas: [], messages: [{ ...row, id: STOP, messageDigest: CORRECTION, state: 'dispatched' }] });
    platform.on(`GET /api/messages/${STOP}`, { ...view, id: STOP, correctionOf: message.id, corrects: 'correction', envelope: await signEnvelope('message', encodePayload(message), [key.signer]), approvals: [], correctionEnvelopes: [] });
    offering({ correction: consent(acts.correction) });
    const { out } = await clarion(['stop'], environment);
    expect(out).toContain(`误发更正:  ./clarion correct ${message.id} --key`);
    expect(out).not.toContain('resume');
  });

  it('an illness of the platform changes nothing about the stop', async () => {
    platform.on('POST /stop', answer);
    platform.on('GET /api/on-air', () => ({ status: 503, json: { code: 'DATABASE_DOWN', message: 'The database does not answer.' } }));
    expect(await clarion(['stop'], environment)).toMatchObject({ code: 0, err: '' });
  });
});
