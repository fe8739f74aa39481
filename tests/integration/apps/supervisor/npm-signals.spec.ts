import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { identify, stillRuns, type ProcessIdentity } from '../../../../apps/supervisor/src/process-identity';

const root = path.resolve(__dirname, '../../../..');
const base = mkdtempSync('/var/tmp/clarion-npm-signals-');
chmodSync(base, 0o755);
const environment = {
  ...process.env, CLARION_DATA: path.join(base, 'data'), CLARION_DEMO_KEYS: path.join(base, 'people'), CLARION_SESSION: path.join(base, 'session.json'), CLARION_PORT_OFFSET: '14700',
};
const started: { readonly npm: ChildProcess; readonly processes: () => readonly ProcessIdentity[] }[] = [];
afterAll(() => {
  for (const { processes } of started) {
    for (const one of processes().filter(stillRuns)) process.kill(one.pid, 'SIGKILL');
  }
  rmSync(base, { recursive: true, force: true });
});

/** Everything below a process, and whatever else works in our folder (a database leaves its parent). */
function below(pid: number): readonly number[] {
  const rows = spawnSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).stdout.trim().split('\n').map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line));
  const ids = new Set([pid]);
  for (let size = 0; size !== ids.size;) {
    size = ids.size;
    for (const row of rows) if (ids.has(Number(row?.[2])) || row?.[3]?.includes(base) === true) ids.add(Number(row?.[1]));
  }
  return [...ids];
}

/** npm in a session of its own, as a service manager has it; `seen` looks for new processes, all are remembered. */
function npm(args: readonly string[], cwd: string): { readonly pid: number; readonly out: () => string; readonly seen: () => readonly ProcessIdentity[] } {
  const child = spawn('npm', args, { cwd, env: environment, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const { pid } = child;
  if (pid === undefined) throw new Error('npm does not start');
  let out = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { out += chunk.toString('utf8'); });
  const known = new Map<number, ProcessIdentity>();
  const seen = (): readonly ProcessIdentity[] => {
    for (const each of below(pid)) {
      const identity = known.has(each) ? null : identify(each);
      if (identity !== null) known.set(each, identity);
    }
    return [...known.values()];
  };
  started.push({ npm: child, processes: () => [...known.values()] });
  return { pid, out: () => out, seen };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 100));
}

describe('what npm runs', () => {
  const names = ['SIGTERM', 'SIGHUP', 'SIGKILL'] as const;

  it.each(names)('is asked to end when npm itself ends by %s', async (name) => {
    const project = mkdtempSync(path.join(base, 'project-'));
    writeFileSync(path.join(project, 'package.json'), JSON.stringify({ name: 'x', version: '1.0.0', scripts: { start: 'node watched.mjs' } }));
    writeFileSync(path.join(project, 'watched.mjs'), `
      import { writeFileSync } from 'node:fs';
      import { endWithNpm } from ${JSON.stringify(path.join(root, 'tools/parent-gone.mjs'))};
      process.on('SIGTERM', () => { writeFileSync('ended', 'SIGTERM'); process.exit(0); });
      setInterval(() => {}, 1000);
      endWithNpm();
      console.log('up', process.pid);`);
    const { pid, out, seen } = npm(['start'], project);
    await until(() => /up \d+/.test(out()));
    const own = seen();
    expect(own.length).toBeGreaterThanOrEqual(2);
    process.kill(pid, name);
    await until(() => own.every((one) => !stillRuns(one)));
    expect(readFileSync(path.join(project, 'ended'), 'utf8')).toBe('SIGTERM');
  });

  it('and is a whole demo, is gone within ten seconds, while it starts and when it is up', async () => {
    for (const [when, name] of [['Starting Clarion', 'SIGHUP'], ['Ctrl-C', 'SIGTERM']] as const) {
      const { pid, out, seen } = npm(['start', '--', '--small'], root);
      await until(() => {
        seen();
        return out().includes(when);
      });
      if (name === 'SIGHUP') await until(() => seen().length > 4);
      const own = seen();
      process.kill(pid, name);
      const began = Date.now();
      await until(() => own.every((one) => !stillRuns(one)) && below(pid).filter((each) => each !== pid).length === 0);
      expect(own.length).toBeGreaterThan(name === 'SIGTERM' ? 7 : 4);
      // What was promised to whoever stops it; it takes two.
      expect(Date.now() - began).toBeLessThan(10_000);
    }
  }, 180_000);
});
