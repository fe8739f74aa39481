import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { assignmentDraftAnswerSchema, assignmentSchema, platformRoutes, type Assignment } from '#libs/contracts';
import { encodePayload, toBase64 } from '#libs/envelope';
import { deriveKeyFileKey, freshKeyFileKdf, sealKeyFile } from '#libs/suites';
import { admitEnrolled, ApiClient, CliError, readConfig, systemClock, type Context } from '../../../../apps/cli/src';
import { Questions } from '../../../../apps/cli/src/ask';
import { terminals } from '../../../../apps/cli/src/commands/fleet';
import { openSigner } from '../../../../apps/cli/src/signing';
import { PASSWORD, usePlatform } from '../../../support/platform-server';
import { useDatabase } from '../../../support/postgres';
import { buildWorld, makeKey, type TestKey } from '../../../support/trust-builder';

const server = usePlatform(useDatabase());
const folder = mkdtempSync(path.join(os.tmpdir(), 'clarion-admit-'));
const file = (name: string): string => path.join(folder, name);
const signing = (officer: string): readonly string[] => ['admit', '--key', file(officer), '--passphrase-file', file('passphrase')];
const devices = new Map<string, TestKey>();

interface Told { readonly code: number; readonly refusal: string | undefined; readonly fields: readonly string[]; readonly out: string; readonly asked: string; readonly answer: unknown; readonly handedIn: number }

/** One `terminals` call of the district's officer; `answer` is what they type, `change` a server that drafts something else. */
async function clarion(words: readonly string[], { typed = '', json = false, change = (one: Assignment): Assignment => one } = {}): Promise<Told> {
  let [handedIn, asked] = [0, ''];
  const { context, lines, answers } = await contextOf(change, () => { handedIn += 1; });
  const keyboard = new PassThrough();
  keyboard.end(typed);
  const told = (code: number, refusal?: CliError): Told => ({ code, refusal: refusal?.code, fields: refusal?.fields.map((one) => `${one.path}: ${one.message}`) ?? [], out: lines.join('\n'), asked, answer: answers[0], handedIn });
  try {
    return told(await terminals.run(words, { ...context, json, questions: new Questions(keyboard, { write: (text) => { asked += text; } }) }));
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return told(error.exit, error);
  }
}

async function contextOf(change: (one: Assignment) => Assignment, onHandIn: () => void): Promise<{ readonly context: Context; readonly lines: string[]; readonly answers: unknown[] }> {
  const config = readConfig({ CLARION_URL: server.base, CLARION_DEMO_KEYS: file('none'), CLARION_SESSION: file('none') });
  const clock = { ...systemClock, now: () => server.clock.now() };
  const api = new (class extends ApiClient {
    override async post<T>(at: string, schema: Parameters<typeof ApiClient.prototype.post<T>>[1], body: unknown): Promise<T> {
      if (at === '/api/assignments') onHandIn();
      const answer = await super.post(at, schema, body);
      if (at !== '/api/assignments/draft') return answer;
      const { batches } = assignmentDraftAnswerSchema.parse(answer);
      return schema.parse({ batches: batches.map((batch) => {
        const assignment = change(assignmentSchema.parse(JSON.parse(Buffer.from(batch.payload, 'base64').toString('utf8'))));
        return { platform: batch.platform, payload: toBase64(encodePayload(assignment)), terminals: assignment.terminals.length };
      }) });
    }
  })(config, clock);
  await api.signIn('d-officer-1', PASSWORD);
  const [lines, answers]: [string[], unknown[]] = [[], []];
  return { context: { config, clock, api, json: false, say: (line) => lines.push(line), give: (value) => answers.push(value) }, lines, answers };
}

beforeAll(async () => {
  writeFileSync(file('passphrase'), 'abcd-efgh\n', { mode: 0o600 });
  const kdf = await deriveKeyFileKey('abcd-efgh', freshKeyFileKdf(2 ** 14));
  const seal = async (name: string, { pkcs8, record }: TestKey): Promise<void> => { writeFileSync(file(name), JSON.stringify(await sealKeyFile(pkcs8, record, kdf)), { mode: 0o600 }); };
  for (const platform of ['d', 't1', 't2'] as const) await seal(`${platform}-officer`, server.world.platform(platform).officers[0]?.key ?? await makeKey());
  await seal('stranger', await makeKey());
  writeFileSync(file('root'), JSON.stringify(server.world.expected.rootEnvelope));
  writeFileSync(file('other-root'), JSON.stringify((await buildWorld()).expected.rootEnvelope));
  for (const platform of ['v1', 't1', 't2']) {
    const key = await makeKey();
    devices.set(platform, key);
    await server.internal(platformRoutes.claim.path, { code: server.claimCode(`${platform}-term-1`), physicalCode: `DEMO-${platform}`, key: key.record });
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('./clarion terminals admit', () => {
  it('shows with --dry-run every terminal that would be signed: village, code, volume, key, and signs nothing', async () => {
    const { code, out, handedIn, answer } = await clarion([...signing('t1-officer'), '--dry-run']);
    expect([code, handedIn]).toEqual([0, 0]);
    expect(out).toContain('v1-term-1  喇叭 v1  DEMO-v1');
    expect(out).toMatch(/\(v1-area\) < .*\(t1-area\) < .*\(d-area\)/);
    expect(out).toContain(`device key ${(devices.get('v1')?.record.keyId.slice(0, 32).match(/.{4}/g) ?? []).join(' ')}`);
    expect(out).toContain('1 of t2 wait for its own officers');
    expect(out).toContain('2 terminals; areas and officers by the server\'s word');
    expect(answer).toMatchObject({ admitted: 0, dryRun: true, terminals: [{}, {}] });
  });

  it.each([['no\n'], [''], ['\n']])('signs nothing when the answer is %j', async (typed) => {
    expect(await clarion(signing('t1-officer'), { typed })).toMatchObject({ code: 2, refusal: 'NOT_CONFIRMED', handedIn: 0, asked: expect.stringContaining('Sign where these 2 terminals stand?') as string });
  });

  it('signs nothing unseen: --json wants --yes or --dry-run', async () => {
    expect(await clarion(signing('t1-officer'), { typed: 'yes\n', json: true })).toMatchObject({ code: 2, refusal: 'NOT_CONFIRMED', handedIn: 0 });
  });

  it.each<readonly [string, (one: Assignment) => Assignment, string]>([
    ['another device key', (one) => changed(one, { deviceKeyId: 'ab'.repeat(32) }), 'deviceKeyId'],
    ['another village', (one) => changed(one, { areas: [{ id: 'v2-area', parent: 't1-area' }, { id: 't1-area', parent: 'd-area' }, { id: 'd-area', parent: null }] }), 'areas'],
    ['a way up that no charter declares', (one) => changed(one, { areas: [{ id: `${one.platform}-area`, parent: null }] }), 'areas'],
    ['another resource code', (one) => changed(one, { resourceCode: '60000000000000314010477' }), 'resourceCode'],
    ['another volume', (one) => changed(one, { maxVolume: 'low' }), 'maxVolume'],
    ['a version far ahead', (one) => changed(one, { version: 999 }), 'version'],
    ['a terminal twice', (one) => ({ ...one, terminals: one.terminals.flatMap((entry) => [entry, entry]) }), 'twice'],
    ['a terminal that has not enrolled', (one) => changed(one, { terminal: 'v2-term-1' }), 'state'],
    ['a terminal that nobody knows', (one) => changed(one, { terminal: 'v9-term-1' }), 'terminal'],
  ])('refuses a draft with %s, naming it, and programs do as well', async (_, change, field) => {
    const refused = await clarion([...signing('t1-officer'), '--yes'], { change });
    expect(refused).toMatchObject({ code: 4, refusal: 'PAYLOAD_DIFFERS', handedIn: 0 });
    expect(refused.fields.join('; ')).toContain(field);
    let handedIn = 0;
    const { context } = await contextOf(change, () => { handedIn += 1; });
    const signer = await openSigner(context.config, file('t1-officer'), file('passphrase'));
    await expect(admitEnrolled(context, () => signer)).rejects.toMatchObject({ code: 'PAYLOAD_DIFFERS' });
    expect(handedIn).toBe(0);
  });

  it('refuses a key that is no officer\'s, a terminal that does not wait, and a root under which nothing holds', async () => {
    expect(await clarion([...signing('stranger'), '--yes'])).toMatchObject({ code: 4, refusal: 'NOT_AN_OFFICER', handedIn: 0 });
    expect(await clarion([...signing('t1-officer'), '--yes', 'v2-term-1'])).toMatchObject({ code: 4, refusal: 'NOT_WAITING', handedIn: 0 });
    expect(await clarion([...signing('t1-officer'), '--yes', '--root', file('other-root')])).toMatchObject({ code: 4, handedIn: 0 });
  });

  it('signs one that was named, and only that', async () => {
    const { code, out } = await clarion([...signing('t1-officer'), 'v1-term-1', '--root', file('root')], { typed: 'yes\n' });
    expect([code, out.split('\n').at(-1)]).toEqual([0, 'admitted 1 terminals']);
    expect(out).toContain('hold under the root that you brought');
    const listed = await clarion([]);
    expect((listed.answer as { id: string; state: string }[]).filter(({ state }) => state === 'assigned').map(({ id }) => id)).toEqual(['v1-term-1']);
  });

  it('with --yes signs what is left of the officer\'s own platforms, and then says that nothing waits there', async () => {
    expect(await clarion([...signing('t1-officer'), '--yes'])).toMatchObject({ code: 0, answer: { admitted: 1 }, handedIn: 1 });
    expect(await clarion([...signing('t2-officer'), '--yes'])).toMatchObject({ code: 0, answer: { admitted: 1 } });
    expect((await clarion([...signing('t1-officer'), '--yes'])).out).toContain('no terminal waits for a signature');
  });
});

function changed(assignment: Assignment, change: object): Assignment {
  const [first, ...others] = assignment.terminals;
  return assignmentSchema.parse({ ...assignment, terminals: [{ ...first, ...change }, ...others] });
}
