import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { sha256Hex } from '#libs/suites';
import { liveViewSchema } from '#libs/contracts';
import { spokenVoice, type SpokenVoice } from '../../../support/live-evidence';
import { buildWorld, digestOf, NOW, type World } from '../../../support/trust-builder';
import { clarion, FakePlatform, sessionOf } from './fake-platform';

const base = mkdtempSync(path.join(os.tmpdir(), 'clarion-live-'));
const folder = path.join(base, 'voice');
const file = (name: string): string => path.join(folder, name);
const FILES = ['voice.clr', 'evidence.json', 'voice.ogg'] as const;
let platform: FakePlatform;
let environment: Record<string, string>;
let world: World;
let voice: SpokenVoice;

const run = (...words: readonly string[]) => clarion(['live', ...words], environment);
const root = (): string => digestOf(world.expected.rootEnvelope);
const verify = () => run('verify', folder, '--root', root());

function hands({ evidence, blocks }: Pick<SpokenVoice, 'evidence' | 'blocks'>): void {
  platform.on(`GET /api/live/${evidence.stream}/evidence`, evidence);
  platform.on(`GET /api/live/${evidence.stream}/blocks`, () => ({ bytes: blocks }));
}
function sum(): void {
  writeFileSync(file('SHA256SUMS'), FILES.map((name) => `${sha256Hex(readFileSync(file(name)))}  ${name}\n`).join(''));
}
/** The code with a byte of a file changed, and the sums made to fit it where a thief would. */
async function withChange(name: string, at: number, isSummed: boolean): Promise<string> {
  const before = new Map([name, 'SHA256SUMS'].map((one) => [one, readFileSync(file(one))]));
  const bytes = Uint8Array.from(before.get(name) ?? []);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(file(name), bytes);
  if (isSummed) sum();
  const { code, err } = await verify();
  for (const [one, kept] of before) writeFileSync(file(one), kept);
  return code === 4 ? err.split(':')[0] ?? '' : `${code} ${name} ${at}`;
}

beforeAll(async () => {
  world = await buildWorld();
  voice = await spokenVoice(world, 'v1');
  platform = await FakePlatform.start();
  writeFileSync(path.join(base, 'session'), JSON.stringify(sessionOf('v1-author', 'v1')), { mode: 0o600 });
  environment = { CLARION_URL: platform.url, CLARION_SESSION: path.join(base, 'session') };
  hands(voice);
});
afterAll(async () => {
  await platform.stop();
  rmSync(base, { recursive: true, force: true });
});

describe('./clarion live', () => {
  it('lists voices', async () => {
    const { stream } = voice.evidence;
    platform.on('GET /api/live', [liveViewSchema.parse({
      stream, message: '019aa000-0000-7000-8000-000000000001', messageDigest: digestOf(voice.evidence.order.message), platform: 'v1', title: '村务通知', class: 'governance',
      holder: '制播员', state: 'ended', startedAt: NOW, endedAt: NOW + 2_000, ended: 'LIVE_SAID', lastSeq: 21, refused: 1,
    })]);
    expect(await run('list')).toMatchObject({ code: 0, out: `${stream}  LIVE_SAID    governance  村务通知  制播员  ${new Date(NOW).toISOString()}  21 blocks, 1 refused\n` });
  });

  it('exports a voice with what proves it, which then holds without any server', async () => {
    const exported = await run('export', voice.evidence.stream, '--to', folder);
    expect([exported.code, exported.err]).toEqual([0, '']);
    expect(readFileSync(file('voice.clr'))).toEqual(voice.blocks);
    const { code, out } = await clarion(['live', 'verify', folder, '--root', root(), '--json'], { ...environment, CLARION_URL: 'http://127.0.0.1:9' });
    expect([code, JSON.parse(out)]).toMatchObject([0, { stream: voice.evidence.stream, author: 'v1-author', approvers: ['v1-approver-a'], durationMs: 2_000, blocks: 21, ended: true, isVoidSince: false }]);
    writeFileSync(path.join(base, 'root.json'), JSON.stringify(world.expected.rootEnvelope));
    expect((await run('verify', folder, '--root', path.join(base, 'root.json'))).out).toContain('the one you brought');
    expect((await run('verify', folder)).out).toContain('--root makes sure');
  });

  it('writes into no folder that holds something, and keeps nothing that does not hold', async () => {
    expect(await run('export', voice.evidence.stream, '--to', folder)).toMatchObject({ code: 2, err: expect.stringMatching(/^FILE_EXISTS/) as string });
    const other = await spokenVoice(world, 'v1');
    hands({ evidence: other.evidence, blocks: voice.blocks });
    const to = path.join(base, 'other');
    expect(await run('export', other.evidence.stream, '--to', to)).toMatchObject({ code: 4, err: expect.stringMatching(/^REJ_STREAM/) as string });
    expect(existsSync(path.join(to, 'voice.clr'))).toBe(false);
    platform.on(`GET /api/live/${other.evidence.stream}/evidence`, voice.evidence);
    expect(await run('export', other.evidence.stream, '--to', to)).toMatchObject({ code: 4, err: expect.stringMatching(/^PAYLOAD_DIFFERS/) as string });
  });

  it('refuses another root', async () => {
    expect(await run('verify', folder, '--root', 'ab'.repeat(32))).toMatchObject({ code: 4, err: expect.stringMatching(/^ROOT_DIFFERS/) as string });
  });

  it.each([...FILES, 'SHA256SUMS'])('finds a byte changed anywhere in %s', async (name) => {
    const { length } = readFileSync(file(name));
    for (let at = 0; at < length; at += Math.ceil(length / 6)) expect(await withChange(name, at, false)).toBe('FILE_DIFFERS');
  });

  it.each<[string, RegExp]>([['voice.clr', /^REJ_/], ['voice.ogg', /^OGG_DIFFERS$/], ['evidence.json', /^(REJ_\w+|FILE_NOT_\w+|ROOT_DIFFERS)$/]])('finds it in %s where the sums were made to fit as well', async (name, codes) => {
    const { length } = readFileSync(file(name));
    for (let at = 0; at < length; at += Math.ceil(length / 9)) expect(await withChange(name, at, true)).toMatch(codes);
  });

  it('says so where a key behind it was stolen since', async () => {
    const stolen = await spokenVoice(world, 'v1', { later: [await world.revocation('v1')] });
    hands(stolen);
    const to = path.join(base, 'stolen');
    expect((await run('export', stolen.evidence.stream, '--to', to)).out).toContain('stolen since');
    expect((await run('verify', to)).code).toBe(3);
  });
});
