import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { deliveryViewSchema, terminalIssuedSchema } from '#libs/contracts';

/** The first hour of somebody new: the demo comes up, and the programs under examples/ do what they say. */
const ROOT = path.resolve(__dirname, '../..');
const PORT_OFFSET = 14_500;
const folder = mkdtempSync('/var/tmp/clarion-newcomer-');
chmodSync(folder, 0o711);
const people = path.join(folder, 'people');
const environment = {
  ...process.env, CLARION_DATA: path.join(folder, 'data'), CLARION_KEYS: path.join(folder, 'data/keys'), CLARION_DEMO_KEYS: people,
  CLARION_SESSION: path.join(folder, 'session.json'), CLARION_PORT_OFFSET: String(PORT_OFFSET), CLARION_DEMO_QUIET_HOURS: 'off',
};
const url = `http://localhost:${8080 + PORT_OFFSET}`;
const AUTHOR = 'district-jtz-author';
const keyFile = path.join(people, 'people/jingkai', `${AUTHOR}.key.json`);
const pem = path.join(folder, 'author.pem');
const TERMINAL = path.join(ROOT, 'examples/terminal-python/terminal.py');
const VECTORS = path.join(ROOT, 'examples/terminal-python/vectors.py');
let district: ChildProcess | undefined;

const vectorsSchema = z.looseObject({ cases: z.array(z.unknown()) });
const answersSchema = z.array(z.strictObject({ case: z.string(), verdicts: z.array(z.string()) }));
const accountsSchema = z.array(z.looseObject({ account: z.string(), officerKey: z.string().nullable(), signsFor: z.array(z.string()) }));
const submittedSchema = z.looseObject({ id: z.string() });

/** A Python that can verify Ed25519, or undefined. */
function python(...modules: readonly string[]): string | undefined {
  return ['python3', '/usr/bin/python3'].find((name) => spawnSync(name, ['-c', `import ${modules.join(', ')}`]).status === 0);
}

function loudly<T>(found: T | undefined, what: string): T | undefined {
  if (found === undefined) process.stderr.write(`SKIPPED: ${what} is not on this machine; its example was not run\n`);
  return found;
}

function clarion(...args: readonly string[]): Record<string, unknown> {
  return JSON.parse(execFileSync(path.join(ROOT, 'clarion'), [...args, '--json'], { cwd: ROOT, env: environment, encoding: 'utf8' })) as Record<string, unknown>;
}

const asked = (title: string): readonly string[] => [
  '--url', url, '--account', AUTHOR, '--password-file', path.join(people, 'passphrase'), '--key', pem,
  '--area', 'jiaoqiao-01', '--title', title, '--text', '明天上午9点检修供水管道，停水6小时，请提前储水。',
];

beforeAll(async () => {
  const child = spawn(process.execPath, [path.join(ROOT, 'tools/start.mjs'), '--small'], { cwd: ROOT, env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  district = child;
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => { reject(new Error(`npm start ended with ${code}`)); });
    createInterface({ input: child.stdout }).on('line', (line) => { if (line.includes('Console')) resolve(); });
  });
  clarion('key', 'pem', keyFile, '--out', pem);
}, 180_000);

afterAll(async () => {
  const child = district;
  if (child !== undefined && child.exitCode === null) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

describe('the examples', () => {
  const submitted = (output: string): void => {
    const { id, state } = JSON.parse(output) as { readonly id: string; readonly state: string };
    expect(state).toBe('submitted');
    clarion('sign-in', '--account', AUTHOR, '--password-file', path.join(people, 'passphrase'));
    expect(clarion('steps', id)).toMatchObject({});
  };

  it('the sender in Python submits a message that it signed itself', () => {
    const program = loudly(python('cryptography'), 'Python with the package cryptography');
    if (program === undefined) return;
    submitted(execFileSync(program, [path.join(ROOT, 'examples/sender-python/send.py'), ...asked('供水通知甲')], { encoding: 'utf8' }));
  }, 60_000);

  it('the sender in Java does the same', () => {
    const program = loudly(['java'].find((name) => spawnSync(name, ['-version']).status === 0), 'a JDK');
    if (program === undefined) return;
    const { keyId } = JSON.parse(readFileSync(keyFile, 'utf8')) as { readonly keyId: string };
    submitted(execFileSync(program, [path.join(ROOT, 'examples/sender-java/Send.java'), ...asked('供水通知乙'), '--key-id', keyId], { encoding: 'utf8' }));
  }, 60_000);

  it('the terminal in Python sounds nothing of the vectors that the page forbids, and refuses no more than it says', () => {
    const program = loudly(python('cryptography', 'websockets'), 'Python with the packages cryptography and websockets');
    if (program === undefined) return;
    const file = path.join(ROOT, 'tests/vectors/protocol/district.json');
    // It ends with 1, and this throws, where a verdict differs from the page and its README does not say so.
    const answers = answersSchema.parse(JSON.parse(execFileSync(program, ['-B', VECTORS, file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })));
    expect(answers.length).toBe(vectorsSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).cases.length);
    expect(answers.flatMap(({ verdicts }) => verdicts).filter((verdict) => verdict === 'play').length).toBeGreaterThan(20);
  }, 60_000);

  it('the terminal in Python gets its claim code, is admitted, speaks a message to its village and proves it', async () => {
    const program = loudly(python('cryptography', 'websockets'), 'Python with the packages cryptography and websockets');
    const decoder = loudly(['opusdec'].find((name) => spawnSync(name, ['--version']).status === 0), 'opusdec');
    if (program === undefined || decoder === undefined) return;
    const password = path.join(people, 'passphrase');
    const accounts = accountsSchema.parse(JSON.parse(readFileSync(path.join(people, 'accounts.json'), 'utf8')));
    const officer = accounts.find(({ officerKey, signsFor }) => officerKey !== null && signsFor.includes('jiaoqiao-01'));
    const api = new Api(await signedIn(officer?.account ?? '', readFileSync(password, 'utf8').trim()));
    const issued = terminalIssuedSchema.parse(await api.post('/api/terminals', { name: 'Python', area: 'jiaoqiao-01', physicalCode: 'PY-1', latitudeE6: 28_700_000, longitudeE6: 115_800_000 }));
    const heard = path.join(folder, 'heard');
    const terminal = startTerminal(program, [
      '--gateway', `wss://127.0.0.1:${8444 + PORT_OFFSET}`, '--ca', path.join(folder, 'data/pki/ca.pem'), '--root', path.join(folder, 'data/bootstrap.json'), '--demo',
      '--state', path.join(folder, 'python-terminal'), '--out', heard, '--code', issued.claimCode, '--physical-code', 'PY-1',
    ]);
    try {
      await terminal.says(`connected as ${issued.terminal.id}`);
      clarion('sign-in', '--account', officer?.account ?? '', '--password-file', password);
      expect(clarion('terminals', 'admit', '--yes', '--key', path.join(people, `${officer?.officerKey ?? ''}.key.json`))).toMatchObject({ admitted: 1 });
      await terminal.says('ready');
      const key = (person: string): string => path.join(people, 'people/jiaoqiao-01', `${person}.key.json`);
      clarion('sign-in', '--account', 'jiaoqiao-01-clerk', '--password-file', password);
      // The phrases are made at the first start, one after the other.
      while (!z.array(z.looseObject({ id: z.string() })).parse(await api.get('/api/sounds')).some((sound) => sound.id === 'phrase-pass-it-on'));
      const { id } = submittedSchema.parse(clarion('submit', path.join(ROOT, 'examples/compose/village.json'), '--key', key('jiaoqiao-01-clerk')));
      clarion('sign-in', '--account', 'jiaoqiao-01-head', '--password-file', password);
      clarion('approve', id, '--key', key('jiaoqiao-01-head'));
      await terminal.says('receipt: done 1');
      let delivery: z.infer<typeof deliveryViewSchema> | undefined;
      do delivery = z.array(deliveryViewSchema).parse(await api.get(`/api/messages/${id}/deliveries`)).find((row) => row.terminal === issued.terminal.id);
      while (delivery?.state === 'acked' || delivery?.state === 'audible' || delivery?.state === 'sent');
      expect(delivery).toMatchObject({ state: 'done', reason: null });
      const [sound] = readdirSync(heard);
      expect(sound).toBe(`${delivery?.dispatchId}-1.wav`);
      expect(statSync(path.join(heard, sound ?? '')).size).toBeGreaterThan(48_000);
    } finally {
      await terminal.end();
    }
  }, 120_000);
});

class Api {
  constructor(private readonly token: string) {}

  async get(route: string): Promise<unknown> {
    return (await fetch(`${url}${route}`, { headers: { authorization: `Bearer ${this.token}` } })).json();
  }

  post(route: string, body: object): Promise<unknown> {
    return posted(route, body, { authorization: `Bearer ${this.token}` });
  }
}

async function posted(route: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const answer = await fetch(`${url}${route}`, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } });
  const json: unknown = await answer.json();
  if (!answer.ok) throw new Error(`${route}: ${JSON.stringify(json)}`);
  return json;
}

async function signedIn(account: string, password: string): Promise<string> {
  return z.looseObject({ token: z.string() }).parse(await posted('/api/session', { account, password })).token;
}

/** The terminal as a process of its own; `says` waits for a line that holds these words. */
function startTerminal(program: string, args: readonly string[]): { says(words: string): Promise<void>; end(): Promise<void> } {
  const child = spawn(program, ['-B', TERMINAL, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => { resolve(); }));
  const lines: string[] = [];
  let look = (): void => undefined;
  createInterface({ input: child.stdout }).on('line', (line) => { lines.push(line); look(); });
  return {
    says: (words) => new Promise((resolve, reject) => {
      look = () => { if (lines.some((line) => line.includes(words))) resolve(); };
      void exited.then(() => { reject(new Error(`the terminal ended before it said "${words}":\n${lines.join('\n')}`)); });
      look();
    }),
    end: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
