import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FEATURES } from '../../../../apps/platform/src/app.module';
import { systemClock } from '../../../../apps/cli/src';
import { pcmOf, writeWav } from '#libs/audio';
import { liveViewSchema, messageDetailSchema, messageViewSchema, type Message } from '#libs/contracts';
import { liveGrantOf, verifyLiveRecord } from '#libs/trust';
import { CeremonyKeys } from '../../../support/ceremony-keys';
import { commandsIn, layLauncher, linesOf } from '../../../support/chapter-lines';
import { LiveGatewayDouble } from '../../../support/live-gateway';
import { useMessageFlow } from '../../../support/message-flow';
import { PASSWORD, usePlatform } from '../../../support/platform-server';
import { useDatabase } from '../../../support/postgres';
import { until } from '../../../support/until';
import { clarion } from '../../../unit/apps/cli/fake-platform';

// The lines of the chapter against the platform itself, whose time runs as fast as this machine's: half a second of sound, once signed.
const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server);
const folder = mkdtempSync(path.join(os.tmpdir(), 'clarion-source-lines-'));
const file = (name: string): string => path.join(folder, name);
const from = process.cwd();
const passphrase = 'only-of-this-run';
let gateway: LiveGatewayDouble;
let running: NodeJS.Timeout;

const run = (words: readonly string[], typed = '') => clarion(words, {
  CLARION_URL: server.base, CLARION_SESSION: file('session'), CLARION_DATA: file('none'), CLARION_DEMO_KEYS: file('none'), CLARION_PASSPHRASE_FILE: file('passphrase'),
  FFMPEG_BIN: file('ffmpeg'), PATH: process.env['PATH'] ?? '',
}, typed, { ...systemClock, now: () => server.clock.now(), sleep: (ms) => systemClock.sleep(Math.min(ms, 50)) });

beforeAll(async () => {
  let at = Math.trunc(systemClock.monotonic());
  running = setInterval(() => {
    const now = Math.trunc(systemClock.monotonic());
    server.clock.advance(now - at);
    at = now;
  }, 2);
  gateway = await LiveGatewayDouble.start(server.dataDir, flow.gateway);
  writeFileSync(file('passphrase'), passphrase, { mode: 0o600 });
  writeFileSync(file('password'), PASSWORD, { mode: 0o600 });
  await (await CeremonyKeys.open(folder)).make('author', server.world.key('v1', 'author'));
  const about = JSON.parse(readFileSync(path.join(from, 'examples/live/village.json'), 'utf8')) as object;
  mkdirSync(file('examples/live'), { recursive: true });
  writeFileSync(file('examples/live/village.json'), JSON.stringify({ ...about, targets: { areas: ['v1-area'] } }));
  writeFileSync(file('said.wav'), writeWav(pcmOf(Float32Array.from({ length: 24_000 }, (_, n) => 0.3 * Math.sin(n / 20)))));
  writeFileSync(file('raw'), Buffer.alloc(96_000, 20));
  writeFileSync(file('ffmpeg'), `#!/bin/sh\nfor n in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24; do /usr/bin/dd if=${file('raw')} bs=1920 count=1 skip=$n status=none; /usr/bin/sleep 0.02; done\n`, { mode: 0o755 });
  layLauncher(folder);
  process.chdir(folder);
  expect((await run(['sign-in', '--account', 'v1-author', '--password-file', file('password')])).code).toBe(0);
});
afterAll(async () => {
  process.chdir(from);
  clearInterval(running);
  await gateway.close();
  rmSync(folder, { recursive: true, force: true });
});

const tokenOf = async (account: string): Promise<string> => (await flow.as(account)).token;

/** Somebody approves whatever waits, until the command has ended. */
async function approvedMeanwhile<T>(running: Promise<T>): Promise<T> {
  let isOver = false;
  const ended = running.finally(() => { isOver = true; });
  const approver = await flow.as('v1-approver-a');
  await until(async () => {
    const views = messageViewSchema.array().parse((await approver.get('/api/messages')).body);
    const waiting = views.find(({ state }) => state === 'submitted');
    if (waiting === undefined) return isOver;
    const { envelope } = messageDetailSchema.parse((await approver.get(`/api/messages/${waiting.id}`)).body);
    await flow.approve('v1', { id: waiting.id, envelope }, 'approver-a');
    return true;
  });
  return ended;
}

it('every line of the chapter does what it says: nothing, then a microphone, then a file are on record as they were signed', async () => {
  const lines = linesOf('docs/live-voice.md', '## Speaking from the command line', '## The loudspeaker');
  expect(lines).toHaveLength(3);
  const outcomes: string[] = [];
  for (const line of lines) {
    for (const words of commandsIn(line.replace('AUTHOR_KEY', file('author.key.json')), folder)) {
      const { code, out, err } = await approvedMeanwhile(run([...words, '--json'], '\n'));
      outcomes.push(`${code} ${err}${code === 0 ? '' : out}`);
      if (code !== 0) break;
      if (words.includes('--dry-run')) continue;
      const { stream, message, isTaken } = JSON.parse(out) as { readonly stream: string; readonly message: string; readonly isTaken: boolean };
      const detail = messageDetailSchema.parse((await (await flow.as('v1-author')).get(`/api/messages/${message}`)).body);
      const { body } = JSON.parse(Buffer.from(detail.envelope.payload, 'base64').toString('utf8')) as Message;
      if (!('live' in body)) throw new Error('no voice');
      const record = verifyLiveRecord(liveGrantOf(detail.messageDigest, body.live, { startAt: detail.dispatches[0]?.startAt ?? server.clock.now() }), readFileSync(path.join(server.dataDir, 'live', `${stream}.clr`)));
      expect(record).toMatchObject({ ok: true, value: { ended: true } });
      expect([isTaken, gateway.opened.includes(stream as never)]).toEqual([true, true]);
    }
  }
  expect(outcomes).toEqual(['0 ', expect.stringMatching(/^0 /), '0 ']);
}, 40_000);

it('and those of the next one: what was said is taken out, holds without the server, and is the sound that the platform hands out', async () => {
  const [{ stream } = { stream: '' }] = liveViewSchema.array().parse((await (await flow.as('v1-author')).get('/api/live')).body);
  writeFileSync(file('root.signed.json'), JSON.stringify(server.world.expected.rootEnvelope));
  const lines = linesOf('docs/live-voice.md', '## Taking a voice out', 'The folder holds');
  const typed = lines.map((line) => line.replace('STREAM', stream).replace('FOLDER', 'taken-out'));
  const ended = [];
  for (const words of typed.flatMap((line) => commandsIn(line, folder))) ended.push(await run(words));
  expect(ended.map(({ code, err }) => [code, err])).toEqual([[0, ''], [0, ''], [0, '']]);
  expect(ended[2]?.out).toMatch(/^holds .* by v1-author of v1, approved by v1-approver-a\n/);
  const recording = await fetch(`${server.base}/api/live/${stream}/recording`, { headers: { authorization: `Bearer ${await tokenOf('v1-author')}` } });
  expect(Buffer.compare(Buffer.from(await recording.arrayBuffer()), readFileSync(file('taken-out/voice.ogg')))).toBe(0);
});
