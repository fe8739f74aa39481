import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { freePort } from '../../../support/ports';
import { clarion } from '../../../unit/apps/cli/fake-platform';

const root = path.resolve(__dirname, '../../../..');
const base = mkdtempSync(path.join(os.tmpdir(), 'clarion-launcher-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** The launcher in a clone of its own: the tools, one source, and nothing else. */
function clone(name: string): string {
  const folder = path.join(base, name);
  mkdirSync(path.join(folder, 'apps/cli/src'), { recursive: true });
  for (const each of ['clarion', 'tools', 'package.json', 'package-lock.json', '.swcrc']) cpSync(path.join(root, each), path.join(folder, each), { recursive: true });
  writeFileSync(path.join(folder, 'apps/cli/src/main.ts'), "process.stdout.write('it runs');\n");
  return folder;
}

const run = (folder: string, environment: NodeJS.ProcessEnv = process.env) => spawnSync(path.join(folder, 'clarion'), ['areas'], { encoding: 'utf8', env: environment });
const NO_STACK = /^(?![\s\S]*(?:\n\s+at |node:internal|throw ))/;

describe('./clarion before the install has ended', () => {
  it.each<readonly [string, (folder: string) => void]>([
    ['no packages at all', () => undefined],
    ['packages half unpacked', (folder) => { mkdirSync(path.join(folder, 'node_modules/@swc/cli'), { recursive: true }); }],
    ['packages of another lock and nothing built', (folder) => {
      mkdirSync(path.join(folder, 'node_modules'));
      writeFileSync(path.join(folder, 'node_modules/.package-lock.json'), JSON.stringify({ packages: {} }));
    }],
    ['something built and the packages gone', (folder) => { mkdirSync(path.join(folder, 'dist/apps/cli/src'), { recursive: true }); writeFileSync(path.join(folder, 'dist/apps/cli/src/main.js'), "require('zod');"); }],
  ])('with %s says one sentence and what to do', (name, prepare) => {
    const folder = clone(name.replace(/\W/g, '-'));
    prepare(folder);
    const { status, stderr, stdout } = run(folder);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^The npm packages are not installed yet, or not all of them: run `npm start`/);
    expect(stderr).toMatch(NO_STACK);
  });

  it('without Node says so', () => {
    const bin = path.join(base, 'bin');
    mkdirSync(bin);
    for (const name of ['bash', 'env', 'dirname']) {
      const found = ['/bin', '/usr/bin'].map((folder) => path.join(folder, name)).find((file) => existsSync(file));
      if (found !== undefined) symlinkSync(found, path.join(bin, name));
    }
    const { status, stderr } = run(clone('no-node'), { PATH: bin });
    expect([status, stderr]).toEqual([1, expect.stringMatching(/^Clarion needs Node 20/) as string]);
  });
});

describe('./clarion on an installed server', () => {
  it('runs what was built, also where this account may write nothing and the compiler was pruned', () => {
    const folder = clone('installed');
    mkdirSync(path.join(folder, 'node_modules'));
    cpSync(path.join(root, 'node_modules/.package-lock.json'), path.join(folder, 'node_modules/.package-lock.json'));
    for (const name of ['@swc', 'commander', 'slash', 'tinyglobby', 'fdir', 'picomatch', 'fast-glob', 'minimatch', 'piscina', 'semver', 'source-map', '@xhmikosr', '@napi-rs']) {
      if (existsSync(path.join(root, 'node_modules', name))) symlinkSync(path.join(root, 'node_modules', name), path.join(folder, 'node_modules', name));
    }
    expect(run(folder)).toMatchObject({ status: 0, stdout: 'it runs', stderr: '' });
    rmSync(path.join(folder, 'node_modules/@swc'));
    chmodSync(path.join(folder, 'node_modules'), 0o555);
    expect(run(folder)).toMatchObject({ status: 0, stdout: 'it runs', stderr: '' });
    chmodSync(path.join(folder, 'node_modules'), 0o755);
    expect(readFileSync(path.join(folder, 'clarion'), 'utf8')).toContain('node');
  });
});

describe('./clarion without its server', () => {
  let stranger: Server;
  let port: number;
  beforeAll(async () => {
    port = await freePort();
    stranger = createServer((request, response) => { response.writeHead(request.method === 'POST' ? 501 : 200, { 'content-type': 'text/html' }).end('<!doctype html>'); });
    await new Promise<void>((resolve) => { stranger.listen(port, '127.0.0.1', resolve); });
    writeFileSync(path.join(base, 'password'), 'x', { mode: 0o600 });
    writeFileSync(path.join(base, 'file'), '{');
  });
  afterAll(() => new Promise((resolve) => { stranger.close(resolve); stranger.closeAllConnections(); }));
  const at = (more: Readonly<Record<string, string>>): Readonly<Record<string, string>> => ({ CLARION_DATA: path.join(base, 'none'), CLARION_DEMO_KEYS: path.join(base, 'none'), CLARION_SESSION: path.join(base, 'session'), ...more });
  const signIn = ['sign-in', '--account', 'x', '--password-file', path.join(base, 'password')];

  it('says that nobody answers, and how to look elsewhere', async () => {
    const { code, err } = await clarion(signIn, at({ CLARION_URL: `http://127.0.0.1:${await freePort()}` }));
    expect([code, err]).toEqual([5, expect.stringMatching(/^UNREACHABLE: .* is it running \(npm start\)\? CLARION_URL or CLARION_PORT_OFFSET say where/) as string]);
  });

  it('says that another program answers on that port', async () => {
    const { code, err } = await clarion(signIn, at({ CLARION_URL: `http://127.0.0.1:${port}` }));
    expect([code, err]).toEqual([5, expect.stringMatching(/^HTTP_501: .*is another program there\?/) as string]);
  });

  it.each([
    ['an address that is none', { CLARION_URL: 'not an address' }, signIn, 'SETTING'],
    ['a session file that is damaged', { CLARION_SESSION: path.join(base, 'file') }, ['areas'], 'NOT_SIGNED_IN'],
    ['a data folder that is a file', { CLARION_DATA: path.join(base, 'file'), CLARION_DEMO_KEYS: path.join(base, 'keys') }, ['demo', 'init', '--small'], 'FILE_UNUSABLE'],
    ['a data folder without a demo', {}, ['demo', 'show'], 'DEMO_MISSING'],
  ])('says with a code and a sentence what is wrong with %s', async (_, environment, words, refusal) => {
    const { code, err } = await clarion(words, at(environment));
    expect([code, err]).toEqual([2, expect.stringMatching(new RegExp(`^${refusal}: .+\n$`)) as string]);
  });
});
