import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '../../..');
const run = (...args: readonly string[]) => spawnSync(process.execPath, [path.join(root, 'tools/mutants/run.mjs'), ...args], { encoding: 'utf8' });

describe('npm run mutants', () => {
  it('finds the place of every fault it would plant, exactly once', () => {
    const { status, stdout, stderr } = run('--check');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(Number(/^(\d+) faults, each with one place$/m.exec(stdout)?.[1])).toBeGreaterThanOrEqual(60);
  });

  it('would plant at least sixty in what verifies under libs, in every file of libs/trust that judges something', () => {
    const places = [...readFileSync(path.join(root, 'tools/mutants/faults.mjs'), 'utf8').matchAll(/'\.\/faults\/([a-z]+)\.mjs'/g)]
      .flatMap(([, name]) => [...readFileSync(path.join(root, `tools/mutants/faults/${name}.mjs`), 'utf8').matchAll(/file: '([^']+)'/g)].map(([, file]) => file));
    expect(places.filter((file) => file?.startsWith('libs/')).length).toBeGreaterThanOrEqual(60);
    const judging = readdirSync(path.join(root, 'libs/trust')).filter((name) => /^(verify|judge|admit\.|apply|charter|roster|root|revocation|officers|expiry\.|attest|read-order|open-envelope|memory|window|signed-dispatch|entering|hours)/.test(name));
    expect(judging.filter((name) => !places.includes(`libs/trust/${name}`))).toEqual([]);
  });

  it('says that there is no fault of a name it does not know', () => {
    const { status, stderr } = run('no-such-fault');
    expect(status).toBe(2);
    expect(stderr).toContain('no-such-fault');
  });
});
