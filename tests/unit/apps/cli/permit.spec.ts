import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { envelopeSchema, permitSchema } from '#libs/contracts';
import { parseEnvelope, parseStrictJson } from '#libs/envelope';
import { deriveKeyFileKey, freshKeyFileKdf, generateKey, sealKeyFile, sha256Hex, verifiedSignatures, type GeneratedKey } from '#libs/suites';
import { systemClock, type Clock } from '../../../../apps/cli/src/clock';
import { buildWorld, NOW, payloadOf, personOf, type World } from '../../../support/trust-builder';
import { clarion, FakePlatform, sessionOf } from './fake-platform';

const folder = mkdtempSync(join(tmpdir(), 'clarion-permit-'));
const DAY = 86_400_000;
const file = (name: string): string => join(folder, name);
let platform: FakePlatform;
let environment: Readonly<Record<string, string>>;
const keys: GeneratedKey[] = [];
const DIGEST = 'ab530a13e45914982b79f9b7e3fba994cfd1f3fb22f71cea1afbf02b460c6d1d';

beforeAll(async () => {
  platform = await FakePlatform.start();
  writeFileSync(file('passphrase'), 'abcd-efgh\n', { mode: 0o600 });
  for (const name of ['one', 'two', 'three']) {
    const key = await generateKey('ed25519');
    keys.push(key);
    writeFileSync(file(`${name}.json`), JSON.stringify(await sealKeyFile(key.pkcs8, key.key, await deriveKeyFileKey('abcd-efgh', freshKeyFileKdf(2 ** 14)))), { mode: 0o600 });
  }
  writeFileSync(file('session.json'), JSON.stringify(sessionOf('lehua-01-approver', 'lehua-01')));
  environment = { CLARION_URL: platform.url, CLARION_DATA: file('data'), CLARION_DEMO_KEYS: file('people'), CLARION_SESSION: file('session.json') };
});
beforeEach(() => {
  platform.forget();
  platform.on('POST /api/permits', ({ body }: { readonly body: Buffer }) => ({ json: viewOf((JSON.parse(body.toString('utf8')) as { permit: unknown }).permit) }));
});
afterAll(async () => {
  await platform.stop();
  rmSync(folder, { recursive: true, force: true });
});

function viewOf(envelope: unknown): object {
  const { payload, signatures } = envelopeSchema.parse(envelope);
  const bytes = Buffer.from(payload, 'base64');
  return {
    digest: sha256Hex(bytes), permit: JSON.parse(bytes.toString('utf8')) as unknown, envelope, state: signatures.length === 2 ? 'signed' : 'half-signed', refusal: null,
    signedBy: signatures.map((_, at) => `approver-${at}`), listed: false, usedToday: 1, leftToday: 2, withdrawnBy: null, withdrawnAt: null,
  };
}
const terms = ['permit', 'draft', '--clerk', 'lehua-01-clerk', '--hours', '08:00-20:00', '--seconds', '300', '--per-day', '3', '--volume', 'normal', '--from', '2026-11-22T00:00+08:00', '--until', '2027-11-22T00:00+08:00'];
const signing = (key: string) => ['--key', file(`${key}.json`), '--passphrase-file', file('passphrase'), '--yes'];

describe('permit', () => {
  it('is drafted in plain words, signed by one after the other over the same bytes, and published', async () => {
    const drafted = await clarion([...terms, '--out', file('permit.json')], environment);
    expect([drafted.code, drafted.err]).toEqual([0, '']);
    for (const said of ['lehua-01-clerk of lehua-01', 'class governance only; no siren', 'between 08:00-20:00', '5 min at most', '3 a day at most', '每天最多 3 条']) expect(drafted.out).toContain(said);
    const payload = readFileSync(file('permit.json'), 'utf8').trim();
    expect(permitSchema.parse(JSON.parse(payload))).toMatchObject({ platform: 'lehua-01', classes: ['governance'], dayBand: { fromMinute: 480, toMinute: 1_200 }, maxDurationMs: 300_000, perDay: 3 });
    const first = await clarion(['permit', 'sign', file('permit.json'), ...signing('one')], environment);
    expect(first.out).toContain('1 of 2 signatures');
    const second = await clarion(['permit', 'sign', file('permit.signed.json'), ...signing('two')], environment);
    expect(second.out).toContain('2 of 2 signatures');
    const published = await clarion(['permit', 'publish', file('permit.signed.json')], environment);
    expect(published.out).toContain('it counts once the officers list it');
    const [body] = platform.posted('/api/permits') as readonly { permit: unknown }[];
    const parsed = parseEnvelope(envelopeSchema.parse(body?.permit));
    if (!parsed.ok) throw new Error(parsed.code);
    expect(new TextDecoder().decode(parsed.payload)).toBe(payload);
    expect(verifiedSignatures(parsed.envelope, parsed.payload, keys.map(({ key }) => key))).toHaveLength(2);
  });

  it('is signed from the server by its digest, and not when the server shows other bytes', async () => {
    const envelope = envelopeSchema.parse(JSON.parse(readFileSync(file('permit.signed.json'), 'utf8')));
    const half = { ...envelope, signatures: envelope.signatures.slice(0, 1) };
    const view = viewOf(half) as { digest: string };
    platform.on('GET /api/permits', [view]);
    const { out, code } = await clarion(['permit', 'sign', view.digest, ...signing('three')], environment);
    expect([code, out.includes('it counts once the officers list it')]).toEqual([0, true]);
    platform.forget();
    platform.on('GET /api/permits', [{ ...view, digest: DIGEST }]);
    expect(await clarion(['permit', 'sign', DIGEST, ...signing('three')], environment)).toMatchObject({ code: 4, err: expect.stringMatching(/^PAYLOAD_DIFFERS/) as string });
    expect(platform.posted('/api/permits')).toEqual([]);
  });

  it('is not drafted at night, for everything or for ever, and nothing but a permit is signed as one', async () => {
    const bad = (at: string, value: string): string[] => terms.map((word, index) => (terms[index - 1] === at ? value : word));
    for (const wrong of [bad('--hours', '21:00-23:00'), bad('--hours', '20:00-08:00'), bad('--seconds', '601'), bad('--per-day', '21'), bad('--until', '2026-11-21T00:00+08:00')]) {
      expect(await clarion([...wrong, '--out', file('bad.json')], environment)).toMatchObject({ code: 2, err: expect.stringMatching(/^PERMIT_TERMS/) as string });
    }
    expect(existsSync(file('bad.json'))).toBe(false);
    const message = { payloadType: 'application/vnd.clarion.message.v1+json', payload: 'e30=', signatures: envelopeSchema.parse(JSON.parse(readFileSync(file('permit.signed.json'), 'utf8'))).signatures };
    writeFileSync(file('message.json'), JSON.stringify(message));
    expect(await clarion(['permit', 'sign', file('message.json'), ...signing('one')], environment)).toMatchObject({ code: 2, err: expect.stringMatching(/^PERMIT_FILE/) as string });
    expect(parseStrictJson(new TextEncoder().encode(readFileSync(file('permit.json'), 'utf8').trim())).ok).toBe(true);
  });

  describe('where the server gives the papers in force', () => {
    let world: World;
    const now = NOW;
    const clock: Clock = { ...systemClock, now: () => now };
    const inWorld = (words: readonly string[]) => clarion(words, environment, '', clock);
    const drafting = (set: Readonly<Record<string, string>> = {}): string[] => {
      const words = { clerk: 'v1-author', hours: '08:00-20:00', seconds: '300', 'per-day': '3', volume: 'normal', from: new Date(now).toISOString().replace('.000', ''), until: new Date(now + 300 * DAY).toISOString().replace('.000', ''), platform: 'v1', ...set };
      return ['permit', 'draft', ...Object.entries(words).flatMap(([name, word]) => [`--${name}`, word]), '--out', file('v1.json')];
    };
    const fieldsOf = (out: string): readonly string[] => (JSON.parse(out) as { readonly fields: readonly { readonly path: string; readonly code: string }[] }).fields.map(({ path, code }) => `${path} ${code}`);

    beforeAll(async () => { world = await buildWorld(); });
    beforeEach(() => {
      rmSync(file('v1.json'), { force: true });
      const documents = world.expected.documents;
      platform.on('GET /api/trust?platform=v1', { root: world.expected.rootEnvelope, charters: documents.filter((_, at) => at % 2 === 0), rosters: documents.filter((_, at) => at % 2 === 1), revocations: [] });
    });

    it('a good one is drafted', async () => {
      expect(await inWorld(drafting())).toMatchObject({ code: 0, err: '' });
    });

    it.each<[string, Readonly<Record<string, string>>, string, readonly string[]]>([
      ['an unknown clerk and three years', { clerk: 'nobody', until: '2029-12-01T00:00+08:00' }, 'WOULD_BE_REFUSED', ['clerk REJ_PERMIT', 'notAfter REJ_PERMIT']],
      ['somebody who is no author there', { clerk: 'v1-approver-a' }, 'WOULD_BE_REFUSED', ['clerk REJ_PERMIT']],
      ['what has ended', { from: '2020-01-01T00:00Z', until: '2020-02-01T00:00Z' }, 'WOULD_BE_REFUSED', ['notAfter REJ_EXPIRED']],
      ['hours, length, number, volume, clerk and end', { hours: '23:00-05:00', seconds: '601', 'per-day': '21', volume: 'loud', clerk: 'nobody', until: '2029-12-01T00:00Z' }, 'PERMIT_TERMS',
        ['dayBand.fromMinute too_big', 'dayBand.toMinute too_small', 'maxDurationMs too_big', 'perDay too_big', 'volume invalid_value', 'dayBand custom', 'clerk REJ_PERMIT', 'notAfter REJ_PERMIT']],
      ['times that are none', { from: 'today', seconds: '0' }, 'PERMIT_TERMS', ['maxDurationMs too_small', 'notBefore invalid_type']],
    ])('%s: every fault at once, and nothing is drafted', async (_name, set, code, fields) => {
      const { out } = await inWorld([...drafting(set), '--json']);
      expect([(JSON.parse(out) as { code: string }).code, fieldsOf(out)]).toEqual([code, fields]);
      expect(existsSync(file('v1.json'))).toBe(false);
    });

    it('nobody signs one in vain that came from elsewhere, and no key that may not', async () => {
      const terms = { ...permitSchema.parse(JSON.parse(Buffer.from(payloadOf(await world.permit('v1'))).toString('utf8'))), clerk: personOf('nobody'), notAfter: now + 500 * DAY };
      writeFileSync(file('v1.json'), JSON.stringify(terms));
      const vain = await inWorld(['permit', 'sign', file('v1.json'), ...signing('one'), '--json']);
      expect([vain.code, fieldsOf(vain.out)]).toEqual([4, ['clerk REJ_PERMIT', 'notAfter REJ_PERMIT']]);
      expect((await inWorld(drafting())).code).toBe(0);
      const stranger = await inWorld(['permit', 'sign', file('v1.json'), ...signing('one')]);
      expect([stranger.code, stranger.err]).toEqual([4, expect.stringMatching(/^WOULD_BE_REFUSED: With this signature .*REJ_KEY_UNKNOWN/)]);
      expect([existsSync(file('v1.signed.json')), platform.posted('/api/permits')]).toEqual([false, []]);
    });
  });

  it('is listed with what is left today, and withdrawn with what still has to be done', async () => {
    const view = viewOf(JSON.parse(readFileSync(file('permit.signed.json'), 'utf8')));
    platform.on('GET /api/permits', [{ ...view, state: 'in-force', listed: true }]);
    expect((await clarion(['permit', 'ls'], environment)).out).toContain('2 of 3 left today / 今天还剩 2 条');
    const { digest } = view as { digest: string };
    platform.on(`POST /api/permits/${digest}/withdraw`, { ...view, state: 'withdrawn', listed: true, withdrawnBy: 'lehua-01-approver', withdrawnAt: 1 });
    expect((await clarion(['permit', 'withdraw', digest], environment)).out).toContain('roster remove-permit');
  });
});
