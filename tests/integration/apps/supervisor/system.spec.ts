import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import type { ChildSpec } from '../../../../apps/supervisor/src/child';
import { readConfig, type SupervisorConfig } from '../../../../apps/supervisor/src/config';
import { identify } from '../../../../apps/supervisor/src/process-identity';
import { startSystem, type RunningSystem } from '../../../../apps/supervisor/src/system';
import { until } from '../../../support/until';

const root = path.resolve(__dirname, '../../../..');
const base = mkdtempSync('/var/tmp/clarion-supervisor-test-');
chmodSync(base, 0o755);
const dataDir = path.join(base, 'data');
const endings = path.join(base, 'endings');
const config: SupervisorConfig = readConfig({ PATH: process.env['PATH'], CLARION_DATA: dataDir, CLARION_DEMO_KEYS: path.join(base, 'people') });

/** A process that becomes ready and notes its end; `deaf` does not end when asked. */
function script(name: string, more = ''): ChildSpec {
  const file = path.join(base, `${name}.js`);
  writeFileSync(
    file,
    `const fs = require('node:fs');
     console.log(JSON.stringify({ hello: '${name}', switches: process.execArgv, people: process.env.CLARION_DEMO_KEYS, database: process.env.CLARION_DATABASE_URL }));
     process.on('SIGTERM', () => { fs.appendFileSync(${JSON.stringify(endings)}, '${name} '); process.exit(0); });
     ${more}
     setInterval(() => {}, 1000);
     console.log('{"ready":true}');`,
  );
  return { name, script: file, args: [], environment: { PATH: process.env['PATH'] ?? '' } };
}

const specs = [{ ...script('first'), nodeArgs: ['--max-semi-space-size=2'] }, script('second'), script('deaf', "process.removeAllListeners('SIGTERM'); process.on('SIGTERM', () => {});")];
const said: string[] = [];
let system: RunningSystem;

async function ask(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  system = await startSystem({ config, dist: path.join(base, 'nothing'), specs, demo: false, say: (line) => said.push(line) });
}, 60_000);
afterAll(async () => {
  await system?.stop();
  rmSync(base, { recursive: true, force: true });
}, 60_000);

describe('the supervisor', () => {
  it('brings up a migrated database and every process', async () => {
    expect(Object.keys(system.pids())).toEqual(['database', 'first', 'second', 'deaf']);
    expect(await ask(system.appDatabaseUrl, 'SELECT current_user::text AS who, count(*) > 2 AS migrated FROM schema_migration')).toEqual([{ who: 'clarion_app', migrated: true }]);
  });

  it('keeps what a process says in its log file', () => {
    const log = readFileSync(path.join(dataDir, 'logs', 'first.log'), 'utf8');
    expect(log).toContain('"hello":"first","switches":["--max-semi-space-size=2"]');
    expect(log).not.toContain('"ready"');
  });

  it('lets nobody else work in the same folder', async () => {
    // From another process: this one holds the lock itself.
    const other = supervisorProcess();
    expect(await other.line).toContain('ALREADY_RUNNING');
  });

  it('starts a killed process again', async () => {
    const before = system.pids()['first'];
    await system.kill('first');
    await system.untilReady('first');
    expect(system.pids()['first']).not.toBe(before);
    expect(system.usage(['first']).peakRssMiB).toBeGreaterThan(1);
  });

  it('keeps a process down when asked, until it is raised', async () => {
    await system.hold('second');
    expect(system.pids()['second']).toBeUndefined();
    await system.raise('second');
    expect(system.pids()['second']).toBeGreaterThan(0);
  });

  it('starts a killed database again, with what was committed', async () => {
    await ask(system.ownerDatabaseUrl, 'CREATE TABLE kept AS SELECT 1 AS one');
    const before = system.pids()['database'] ?? 0;
    process.kill(before, 'SIGKILL');
    await until(() => (system.pids()['database'] ?? before) !== before);
    expect(await ask(system.ownerDatabaseUrl, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
  });

  it('can do without its database for a while', async () => {
    await system.stopDatabase();
    await expect(ask(system.appDatabaseUrl, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await system.startDatabase();
    expect(await ask(system.appDatabaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('ends everything, the last first, also what does not listen', async () => {
    rmSync(endings, { force: true });
    const pids = Object.values(system.pids());
    await system.stop();
    expect(readFileSync(endings, 'utf8')).toBe('second first ');
    expect(pids.map((pid) => identify(pid))).toEqual(pids.map(() => null));
    expect(existsSync(path.join(dataDir, 'supervisor.lock'))).toBe(false);
  });

  it('ends what a killed supervisor left behind, takes its database over, and starts', async () => {
    const killed = supervisorProcess();
    const pids = JSON.parse(await killed.line) as Record<string, number>;
    killed.process.kill('SIGKILL');
    await until(() => identify(killed.process.pid ?? 0) === null);
    expect(identify(pids['first'] ?? 0)).not.toBeNull();
    said.length = 0;
    system = await startSystem({ config, dist: path.join(base, 'nothing'), specs, demo: false, say: (line) => said.push(line) });
    expect(said.join('\n')).toContain('ended what an earlier start left running: first, second, deaf');
    for (const name of ['first', 'second', 'deaf']) expect(identify(pids[name] ?? 0)).toBeNull();
    expect(system.pids()['database']).toBe(pids['database']);
    expect(await ask(system.ownerDatabaseUrl, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
  });

  it('names what is not built, and runs the rest', async () => {
    await system.stop();
    const partly = await startSystem({ config, dist: base, specs: [script('first'), { ...script('absent'), script: path.join(base, 'no-such.js') }], demo: false });
    expect([partly.missing, Object.keys(partly.pids())]).toEqual([['absent'], ['database', 'first']]);
    await partly.stop();
  });

  it('gives up on a process that cannot start, says its last words, and leaves nothing running', async () => {
    const broken = script('broken', "console.log('the district CA is damaged'); process.exit(3);");
    await expect(startSystem({ config, dist: base, specs: [script('first'), broken], demo: false })).rejects.toMatchObject({
      code: 'CHILD_NOT_READY',
      sentence: expect.stringContaining('the district CA is damaged'),
    });
    expect(existsSync(path.join(dataDir, 'run', 'first.pid'))).toBe(false);
    expect(existsSync(path.join(dataDir, 'supervisor.lock'))).toBe(false);
  });
});

/** A supervisor in a process of its own, from dist; `line` is the pids as JSON, or the code of its refusal. */
function supervisorProcess(): { readonly process: ChildProcess; readonly line: Promise<string> } {
  execFileSync(process.execPath, [path.join(root, 'tools/build.mjs')]);
  const code = `
    const { startSystem } = require(${JSON.stringify(path.join(root, 'dist/apps/supervisor/src/system.js'))});
    startSystem({ config: ${JSON.stringify(config)}, dist: '/nonexistent', specs: ${JSON.stringify(specs)}, demo: false })
      .then((system) => console.log(JSON.stringify(system.pids())), (cause) => { console.log(cause.code); process.exit(1); });`;
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = new Promise<string>((resolve) => child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString('utf8').trim())));
  return { process: child, line };
}
