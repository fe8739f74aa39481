import { spawnSync } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(__dirname, '../../..');
const run = (...args: readonly string[]) => spawnSync(process.execPath, [path.join(root, 'tools/mutants/run.mjs'), ...args], { encoding: 'utf8' });

describe('npm run mutants', () => {
  it('finds the place of every fault it would plant, exactly once', () => {
    const { status, stdout, stderr } = run('--check');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(Number(/^(\d+) faults, each with one place$/m.exec(stdout)?.[1])).toBeGreaterThanOrEqual(30);
  });

  it('says that there is no fault of a name it does not know', () => {
    const { status, stderr } = run('no-such-fault');
    expect(status).toBe(2);
    expect(stderr).toContain('no-such-fault');
  });
});
