import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { envelopeSchema, isolateSchema, rootSchema } from '#libs/contracts';
import { encodePayload, parseEnvelope, parseStrictJson, toBase64 } from '#libs/envelope';
import { deriveKeyFileKey, freshKeyFileKdf, generateKey, sealKeyFile, verifiedSignatures, type GeneratedKey } from '#libs/suites';
import { clarion, FakePlatform, sessionOf } from './fake-platform';

const folder = mkdtempSync(join(tmpdir(), 'clarion-isolate-'));
const file = (name: string): string => join(folder, name);
let platform: FakePlatform;
let environment: Readonly<Record<string, string>>;
const keys: GeneratedKey[] = [];

beforeAll(async () => {
  platform = await FakePlatform.start();
  writeFileSync(file('passphrase'), 'abcd-efgh\n', { mode: 0o600 });
  for (const name of ['one', 'two']) {
    const key = await generateKey('ed25519');
    keys.push(key);
    writeFileSync(file(`${name}.json`), JSON.stringify(await sealKeyFile(key.pkcs8, key.key, await deriveKeyFileKey('abcd-efgh', freshKeyFileKdf(2 ** 14)))), { mode: 0o600 });
  }
  writeFileSync(file('session.json'), JSON.stringify(sessionOf('lehua-officer', 'lehua')));
  environment = { CLARION_URL: platform.url, CLARION_DATA: file('data'), CLARION_DEMO_KEYS: file('people'), CLARION_SESSION: file('session.json') };
});
beforeEach(() => {
  platform.forget();
  platform.on('GET /api/areas', [{ id: 'lehua', parent: null, name: '乐化镇', codes: [], platform: 'lehua', tier: 'township', terminals: 120, online: 118 }]);
  platform.on('POST /api/isolates', ({ body }: { readonly body: Buffer }) => {
    const { isolate } = JSON.parse(body.toString('utf8')) as { isolate: { payload: string } };
    return { json: { ...JSON.parse(Buffer.from(isolate.payload, 'base64').toString('utf8')) as object, terminals: 120, stillSounds: ['emergency'] } };
  });
});
afterAll(async () => {
  await platform.stop();
  rmSync(folder, { recursive: true, force: true });
});

const words = ['isolate', 'lehua', '--minutes', '30', '--reason', '上级平台疑似被入侵'];
const signing = ['--key', file('one.json'), '--key', file('two.json'), '--passphrase-file', file('passphrase')];

describe('isolate', () => {
  it('is signed by every officer named, over one payload', async () => {
    const { code, err, out } = await clarion([...words, ...signing], environment);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^isolated lehua from above lehua until .*: 120 terminals\n {2}still sounds there from above: emergency, when it is meant; drills do not /);
    const [body] = platform.posted('/api/isolates') as readonly { isolate: unknown }[];
    const parsed = parseEnvelope(envelopeSchema.parse(body?.isolate));
    if (!parsed.ok) throw new Error(parsed.code);
    expect(verifiedSignatures(parsed.envelope, parsed.payload, keys.map(({ key }) => key))).toHaveLength(2);
    const json = parseStrictJson(parsed.payload);
    const payload = isolateSchema.parse(json.ok ? json.value : undefined);
    expect(payload).toMatchObject({ platform: 'lehua', area: 'lehua', reason: '上级平台疑似被入侵' });
    expect(payload.notAfter - payload.issuedAt).toBe(30 * 60_000);
  });

  it('is refused before anything is sent when one key is named twice, naming how many officers are needed', async () => {
    const twice = ['--key', file('one.json'), '--key', file('one.json'), '--passphrase-file', file('passphrase')];
    expect(await clarion([...words, ...twice], environment)).toMatchObject({ code: 2, err: expect.stringMatching(/^OFFICERS_TOO_FEW: the same key was named twice; two different officers are needed/) as string });
    expect(platform.posted('/api/isolates')).toEqual([]);
  });

  it('of one officer goes to the platform to judge where the charter cannot be read', async () => {
    expect((await clarion([...words, '--key', file('one.json'), '--passphrase-file', file('passphrase')], environment)).code).toBe(0);
    expect(platform.posted('/api/isolates')).toHaveLength(1);
  });

  it('says which classes from above still sound there, before it is signed as well', async () => {
    const root = { version: 1, district: 'jingkai', demo: true, profile: 'open', keys: keys.map(({ key }) => key), threshold: 2, graceDays: 30, alwaysSounds: ['emergency'], issuedAt: 1, expiresAt: 2 };
    platform.on('GET /api/trust', { root: { payloadType: 'application/vnd.clarion.root.v1+json', payload: toBase64(encodePayload(rootSchema.parse(root))), signatures: [{ keyid: 'a'.repeat(64), sig: 'eHh4eA==' }] }, charters: [], rosters: [], revocations: [] });
    expect((await clarion([...words, '--dry-run'], environment)).out).toContain('still sounds there from above: emergency, when it is meant; drills do not');
    platform.on('GET /api/isolates', [{ isolateId: '0197a3b0-0007-7000-8000-000000000007', platform: 'lehua', area: 'lehua', reason: '查', issuedAt: 1, notAfter: 2, terminals: 120, stillSounds: [] }]);
    expect((await clarion(['isolates'], environment)).out).toContain('nothing from above sounds there');
  });

  it('says with --dry-run whom it would close, and asks nobody to sign', async () => {
    expect(await clarion([...words, '--dry-run'], environment)).toMatchObject({ code: 0, out: expect.stringContaining('120 terminals, 118 online') as string });
    expect(await clarion(['isolate', 'nowhere', ...words.slice(2), '--dry-run'], environment)).toMatchObject({ code: 4, err: expect.stringMatching(/^AREA_UNKNOWN/) as string });
    expect(platform.posted('/api/isolates')).toEqual([]);
  });

  it.each([[['isolate', 'lehua', '--minutes', '61', '--reason', 'x']], [['isolate', 'lehua', '--minutes', 'long', '--reason', 'x']], [['isolate', 'lehua', '--minutes', '5']], [words], [['isolate', 'LE HUA', ...words.slice(2)]]])('is a usage error as %j', async (bad) => {
    expect((await clarion(bad, environment)).code).toBe(2);
    expect(platform.asked).toEqual([]);
  });
});

it('isolate names every bad and every missing option at once', async () => {
  const { code, out } = await clarion(['isolate', 'LE HUA', '--minutes', '61', '--platform', 'NO', '--json'], environment);
  const { fields } = JSON.parse(out) as { readonly fields: readonly { readonly path: string; readonly code: string }[] };
  expect([code, fields.map((field) => `${field.path} ${field.code}`)]).toEqual([2, ['AREA WRONG_FORMAT', '--minutes OUT_OF_RANGE', '--reason REQUIRED', '--platform WRONG_FORMAT', '--key REQUIRED']]);
});

describe('isolates', () => {
  it('lists what is closed now, or says that nothing is', async () => {
    platform.on('GET /api/isolates', []);
    expect((await clarion(['isolates'], environment)).out).toBe('no area is isolated\n');
    platform.on('GET /api/isolates', [{ isolateId: '0197a3b0-0007-7000-8000-000000000007', platform: 'lehua', area: 'lehua', reason: '演练', issuedAt: 1, notAfter: 2, terminals: 120 }]);
    expect((await clarion(['isolates'], environment)).out).toContain('lehua            by lehua, 120 terminals, until 1970-01-01T00:00:00.002Z: 演练; nothing');
  });
});
