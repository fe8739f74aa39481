import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

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
let district: ChildProcess | undefined;

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
});
