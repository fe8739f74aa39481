import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync, verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pae } from '#libs/envelope';
import { submitSchema } from '#libs/contracts';
import { LyingPlatform, type Lie } from './lying-platform';

/** The example senders sign what they asked for and nothing else, whatever the platform puts before them. */
const ROOT = path.resolve(__dirname, '../../..');
const folder = mkdtempSync('/var/tmp/clarion-senders-');
const at = (name: string): string => path.join(folder, name);
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const AREA = 'jiaoqiao-01';

const JAVA_SEND = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', at('send.jar'), 'Send', '--key-id', 'a'.repeat(64)];

interface Ended { readonly code: number; readonly out: string; readonly err: string }
interface Sender { readonly name: string; readonly command: readonly string[] | undefined }

const works = (program: string, ...args: readonly string[]): boolean => spawnSync(program, args).status === 0;
const python = ['python3', '/usr/bin/python3'].find((name) => works(name, '-c', 'import cryptography'));
const java = works('java', '-version') && works('javac', '-version');
const SENDERS: readonly Sender[] = [
  { name: 'in Python', command: python === undefined ? undefined : [python, '-B', path.join(ROOT, 'examples/sender-python/send.py')] },
  { name: 'in Java', command: java ? ['java', '-Xshare:auto', `-XX:SharedArchiveFile=${at('send.jsa')}`, ...JAVA_SEND] : undefined },
];

function run(command: readonly string[], url: string, changed: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const options = {
    url, account: 'gauge', 'password-file': at('password'), key: at('author.pem'), area: AREA,
    title: '暴雨"红色"\\预警', text: '明天上午9点\n停水6小时。', class: 'emergency', severity: 'red', 'event-type': 'rainstorm', ...changed,
  };
  const [program = '', ...args] = [...command, ...Object.entries(options).flatMap(([option, value]) => [`--${option}`, value])];
  return new Promise((resolve) => {
    const child = execFile(program, args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8' }, timeout: 30_000, killSignal: 'SIGKILL' }, (_fault, out, err) => { resolve({ code: child.exitCode ?? -1, out, err }); });
  });
}

const segment = (role: string) => ({ sha256: 'f'.repeat(64), bytes: 9, role, durationMs: 9 });
const body = (message: Record<string, unknown>) => message.body as { segments: unknown[] };
const target = (message: Record<string, unknown>) => message.targets as { areas: string[]; terminals: string[] };
const text = (message: Record<string, unknown> | undefined) => (message?.texts as Record<string, string>[])[0] ?? {};
/** Tells the same beside the bytes as in them. */
const both = (lie: Lie): Lie => (told, shown) => { lie(told, shown); Object.assign(shown, structuredClone(told)); };

const LIES: Readonly<Record<string, Lie>> = {
  'another title': both(({ message }) => { text(message).title = '另一个'; }),
  'another text': both(({ message }) => { text(message).text = '请立即撤离'; }),
  'a second text': both(({ message }) => { message.texts = [text(message), { language: 'en', title: 'Go', text: 'Go' }]; }),
  'another language': both(({ message }) => { text(message).language = 'en'; }),
  'another class': both(({ message }) => { message.class = 'notice'; }),
  'another severity': both(({ message }) => { message.severity = 'blue'; }),
  'a drill': both(({ message }) => { message.mode = 'drill'; message.drill = { plan: 'p', kind: 'desk' }; }),
  'another event type': both(({ message }) => { message.eventType = 'flood'; }),
  'another area': both(({ message }) => { target(message).areas = ['jiaoqiao-02']; }),
  'one more area': both(({ message }) => { target(message).areas.push('jiaoqiao-02'); }),
  'a terminal': both(({ message }) => { target(message).terminals.push('t1'); }),
  'more repeats': both(({ message }) => { message.repeats = 9; }),
  'no gap': both(({ message }) => { message.gapMs = 0; }),
  'a foreign replaces': both(({ message }) => { message.replaces = 'e'.repeat(64); }),
  'a correction for a message': both(({ message }) => { message.corrects = 'correction'; }),
  'another author': both(({ message }) => { message.author = 'mayor'; }),
  'another platform': both(({ message }) => { message.platform = 'other'; }),
  'a source': both(({ message }) => { message.sourceUnit = '气象局'; }),
  'a field that nobody knows': both(({ message }) => { message.also = 'this'; }),
  'a field left out': both(({ message }) => { delete message.replaces; }),
  'a number that is none': both(({ message }) => { message.repeats = '2'; }),
  'a foreign recording': both(({ message }) => { body(message).segments.push(segment('recording')); }),
  'no opening': both(({ message }) => { body(message).segments.shift(); }),
  'a sound that is not in the answer': ({ message }) => { body(message).segments.splice(-1, 1, segment('speech')); },
  'a correction that says anything': both(({ corrections }) => { text(corrections[0]).text = '请立即撤离'; }),
  'an all-clear with another title': both(({ corrections }) => { text(corrections[1]).title = '撤离'; }),
  'a correction elsewhere': both(({ corrections: [one] }) => { if (one !== undefined) target(one).areas = ['jiaoqiao-02']; }),
  'a correction of another class': both(({ corrections: [one] }) => { if (one !== undefined) one.class = 'notice'; }),
  'a correction of another severity': both(({ corrections: [one] }) => { if (one !== undefined) one.severity = 'none'; }),
  'a correction in another mode': both(({ corrections: [one] }) => { if (one !== undefined) one.mode = 'test'; }),
  'a correction of another platform': both(({ corrections: [one] }) => { if (one !== undefined) one.platform = 'other'; }),
  'a correction that replaces': both(({ corrections: [one] }) => { if (one !== undefined) one.replaces = 'e'.repeat(64); }),
  'a correction with foreign sound': both(({ corrections: [one] }) => { if (one !== undefined) body(one).segments.push(segment('recording')); }),
  'a correction that is none': both(({ corrections: [one] }) => { if (one !== undefined) one.corrects = null; }),
  'no corrections': both((told) => { told.corrections = []; }),
  'one correction twice': both((told) => { told.corrections = [...told.corrections, ...told.corrections]; }),
  'corrections that the message does not list': ({ message }, shown) => { message.corrections = []; shown.message.corrections = []; },
};

beforeAll(async () => {
  writeFileSync(at('author.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  writeFileSync(at('password'), 'a password\n', { mode: 0o600 });
  if (!java) return;
  execFileSync('javac', ['-Xlint:all', '-Werror', '-encoding', 'UTF-8', '-d', at('classes'), path.join(ROOT, 'examples/sender-java/Send.java')]);
  execFileSync('jar', ['--create', '--file', at('send.jar'), '-C', at('classes'), '.']);
  // One run writes down the classes that it loaded; the forty runs of the tests then start in half the time. A virtual
  // machine that hangs over it is ended, and they start without.
  const platform = new LyingPlatform();
  await run(['java', `-XX:ArchiveClassesAtExit=${at('send.jsa')}`, ...JAVA_SEND], await platform.listen());
  await platform.close();
}, 60_000);
afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

describe.each(SENDERS)('the sender $name', ({ name, command }) => {
  let platform: LyingPlatform;
  let url = '';
  beforeEach(async () => {
    platform = new LyingPlatform();
    url = await platform.listen();
  });
  afterEach(() => platform.close());
  if (command === undefined) process.stderr.write(`SKIPPED: what the sender ${name} needs is not on this machine\n`);
  const test = command === undefined ? it.skip : it;

  const send = (changed: Readonly<Record<string, string>> = {}): Promise<Ended> => run(command ?? [], url, changed);
  const signedWell = (envelope: { readonly payloadType: string; readonly payload: string; readonly signatures: readonly { readonly sig: string }[] }): boolean =>
    verify(null, pae(envelope.payloadType as never, Buffer.from(envelope.payload, 'base64')), publicKey, Buffer.from(envelope.signatures[0]?.sig ?? '', 'base64'));

  test('signs a warning and what takes it back as it was asked for, and shows both', async () => {
    const { code, out, err } = await send();
    expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out)).toMatchObject({ state: 'submitted' });
    expect(platform.asked).toMatchObject({ class: 'emergency', severity: 'red', eventType: 'rainstorm', mode: 'actual' });
    const { message, corrections } = submitSchema.parse(platform.submitted[0]);
    expect([message, ...corrections].map(signedWell)).toEqual([true, true, true]);
    const shown = err.trim().split('\n').map((line) => JSON.parse(line) as { signing: string; sounds: { sha256: string }[] });
    expect(shown.map(({ signing }) => signing)).toEqual(['message', 'correction', 'all-clear']);
    for (const { sounds } of shown) expect(sounds[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
  }, 30_000);

  test('sends a notice, which has no corrections, and reads answers with blanks in them', async () => {
    platform.spaced = true;
    const { code, err } = await send({ class: 'notice', severity: 'none', 'event-type': 'notice' });
    expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
    expect(submitSchema.parse(platform.submitted[0]).corrections).toEqual([]);
  }, 30_000);

  test.each(Object.entries(LIES))('signs nothing when it is given %s', async (_what, lie) => {
    platform.lie = lie;
    const { code, err } = await send();
    expect(platform.submitted).toEqual([]);
    expect({ code, err }).toMatchObject({ code: 4, err: expect.stringContaining('nothing was signed') });
  }, 30_000);

  test('signs nothing in which a name stands twice', async () => {
    platform.bytes = (payload) => payload.replace('{', '{"replaces":"x",');
    const { code, err } = await send();
    expect(platform.submitted).toEqual([]);
    expect({ code, err }).toMatchObject({ code: 4, err: expect.stringContaining('cannot be read') });
  }, 30_000);

  test('says in a line that the platform is not there', async () => {
    await platform.close();
    const { code, err } = await send();
    expect(code).toBe(5);
    expect(err.trim().split('\n')).toHaveLength(1);
  }, 30_000);
});
