import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { envelopeSchema, restrictionSchema } from '#libs/contracts';
import { parseEnvelope, parseStrictJson } from '#libs/envelope';
import { deriveKeyFileKey, freshKeyFileKdf, generateKey, sealKeyFile, verifiedSignatures, type GeneratedKey } from '#libs/suites';
import { clarion, FakePlatform, sessionOf } from './fake-platform';

const folder = mkdtempSync(join(tmpdir(), 'clarion-detection-'));
const file = (name: string): string => join(folder, name);
const INCIDENT = '0197a3b0-0009-7000-8000-000000000009';
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
  platform.on('POST /api/restrictions', ({ body }: { readonly body: Buffer }) => {
    const { restriction } = JSON.parse(body.toString('utf8')) as { restriction: { payload: string } };
    return { json: { ...JSON.parse(Buffer.from(restriction.payload, 'base64').toString('utf8')) as object, terminals: 120 } };
  });
});
afterAll(async () => {
  await platform.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('restriction period', () => {
  const words = ['restriction', 'period', 'lehua', '--class', 'notice', '--class', 'daily', '--approvals', '2', '--from', '2026-12-01T08:00:00+08:00', '--until', '2026-12-10T18:00:00+08:00', '--reason', '重要保障期'];
  const signing = ['--key', file('one.json'), '--key', file('two.json'), '--passphrase-file', file('passphrase')];

  it('is signed by every officer named, over one payload that says what was asked', async () => {
    const { code, err, out } = await clarion([...words, ...signing], environment);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^保障期\/period lehua by lehua, 120 terminals, 2026-12-01T00:00:00.000Z to 2026-12-10T10:00:00.000Z: notice, daily need 2 approvals; 重要保障期\nIt begins and ends by itself/);
    const [body] = platform.posted('/api/restrictions') as readonly { restriction: unknown }[];
    const parsed = parseEnvelope(envelopeSchema.parse(body?.restriction));
    if (!parsed.ok) throw new Error(parsed.code);
    expect(verifiedSignatures(parsed.envelope, parsed.payload, keys.map(({ key }) => key))).toHaveLength(2);
    const json = parseStrictJson(parsed.payload);
    expect(restrictionSchema.parse(json.ok ? json.value : undefined)).toMatchObject({ platform: 'lehua', area: 'lehua', kind: 'period', classes: ['notice', 'daily'], approvals: 2 });
  });

  it.each([
    [['--class', 'emergency'], /"emergency" is not one of notice, governance, daily: warnings are never restricted/],
    [['--until', '2026-11-01T08:00:00+08:00'], /A period lasts at most 60 days/],
    [['--until', '2027-03-01T08:00:00+08:00'], /A period lasts at most 60 days/],
    [['--approvals', '0'], /--approvals: takes 1 to 8/],
  ])('refuses %j before anything is signed', async (more, sentence) => {
    expect(await clarion([...words, ...signing, ...more], environment)).toMatchObject({ code: 2, err: expect.stringMatching(sentence) as string });
    expect(platform.posted('/api/restrictions')).toEqual([]);
  });

  it('names every bad and every missing option at once', async () => {
    const { code, out } = await clarion(['restriction', 'period', 'LE HUA', '--class', 'emergency', '--approvals', '9', '--from', 'today', '--until', '2026-12-10T18:00:00+08:00', '--json'], environment);
    const { fields } = JSON.parse(out) as { readonly fields: readonly { readonly path: string; readonly code: string }[] };
    expect([code, fields.map((field) => `${field.path} ${field.code}`)])
      .toEqual([2, ['AREA WRONG_FORMAT', '--class WRONG_FORMAT', '--approvals OUT_OF_RANGE', '--from WRONG_FORMAT', '--reason REQUIRED', '--key REQUIRED']]);
  });
});

describe('incident', () => {
  const VIEW = {
    id: INCIDENT, platform: 'lehua', kind: 'misused-key', cause: 'jingkai', state: 'open', firstAt: 1, lastAt: 2, count: 14, terminals: ['a', 'b', 'c', 'd'], codes: ['REJ_APPROVAL_MISSING'],
    subjects: [], keyIds: [], postureUntil: 3_600_000, handledBy: null, handledAt: null, note: '',
  };

  it('is listed with its cause, acknowledged and closed by its id', async () => {
    platform.on('GET /api/incidents?state=standing', [VIEW]);
    platform.on(`POST /api/incidents/${INCIDENT}/acknowledge`, { ...VIEW, state: 'acknowledged', handledBy: 'lehua-duty', handledAt: 3 });
    platform.on(`POST /api/incidents/${INCIDENT}/close`, { ...VIEW, state: 'closed', handledBy: 'lehua-duty', handledAt: 4 });
    const listed = await clarion(['incident', 'list'], environment);
    expect([listed.code, listed.out]).toEqual([0, `1970-01-01T00:00:00.002Z ${INCIDENT} open         misused-key at lehua (jingkai) x14, 4 terminals (a b c ...) REJ_APPROVAL_MISSING, everyday classes silent until 1970-01-01T01:00:00.000Z\n1 incidents, 1 open\n`]);
    expect((await clarion(['incident', 'ack', INCIDENT, '--note', '已派人'], environment)).out).toMatch(/acknowledged misused-key .* — lehua-duty\n$/);
    expect(platform.posted(`/api/incidents/${INCIDENT}/acknowledge`)).toEqual([{ note: '已派人' }]);
    expect((await clarion(['incident', 'close', INCIDENT], environment)).code).toBe(0);
    expect(await clarion(['incident', 'close', 'that'], environment)).toMatchObject({ code: 2 });
  });
});

describe('late', () => {
  it('lists what is owed, and what is overdue', async () => {
    const owed = { message: INCIDENT, platform: 'lehua', author: 'a', class: 'notice', title: '停水通知', step: 'review', role: 'approver', unit: null, missing: 1, airedAt: 0, dueAt: 86_400_000, isOverdue: true };
    platform.on('GET /api/late-signatures', [owed, { ...owed, isOverdue: false, unit: 'office' }]);
    const { code, out } = await clarion(['late'], environment);
    expect([code, out]).toEqual([0, `逾期/OVERDUE due 1970-01-02T00:00:00.000Z  ${INCIDENT}  停水通知  review by 1 more with the role approver\ndue 1970-01-02T00:00:00.000Z  ${INCIDENT}  停水通知  review by 1 more with the role approver of office\n2 owed, 1 overdue\n`]);
  });
});
