import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve(__dirname, '../../..');
const tool = path.join(root, 'tools/lockfix.mjs');
const scratch = mkdtempSync(path.join(os.tmpdir(), 'clarion-lockfix-'));
const file = path.join(scratch, 'package-lock.json');
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function fixed(packages: Record<string, unknown>): Record<string, Record<string, unknown>> {
  writeFileSync(file, JSON.stringify({ lockfileVersion: 3, packages }));
  execFileSync(process.execPath, [tool, file]);
  return (JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, Record<string, unknown>> }).packages;
}

describe('the lock', () => {
  it('of this repository is complete on every platform and names no registry', () => {
    expect(spawnSync(process.execPath, [tool, '--check', path.join(root, 'package-lock.json')], { encoding: 'utf8' })).toMatchObject({ status: 0 });
  });

  it('gets the platform packages that npm left out, with what they run on', () => {
    const packages = fixed({
      '': {},
      'node_modules/core': { dev: true, optionalDependencies: { '@core/linux-arm-gnueabihf': '1.2.3', '@core/linux-x64-musl': '1.2.3', '@core/win32-ia32-msvc': '1.2.3', '@core/there': '1.2.3' } },
      'node_modules/core/node_modules/@core/there': { version: '1.2.3' },
    });
    expect(packages['node_modules/@core/linux-arm-gnueabihf']).toEqual({ version: '1.2.3', cpu: ['arm'], dev: true, optional: true, os: ['linux'] });
    expect(packages['node_modules/@core/linux-x64-musl']).toEqual({ version: '1.2.3', cpu: ['x64'], dev: true, libc: ['musl'], optional: true, os: ['linux'] });
    expect(packages['node_modules/@core/win32-ia32-msvc']).toEqual({ version: '1.2.3', cpu: ['ia32'], dev: true, optional: true, os: ['win32'] });
    expect(packages['node_modules/@core/there']).toBeUndefined();
  });

  it('is refused when a registry stands in it', () => {
    writeFileSync(file, JSON.stringify({ packages: { '': {}, 'node_modules/a': { version: '1.0.0', resolved: 'https://registry.example/a.tgz' } } }));
    expect(spawnSync(process.execPath, [tool, '--check', file], { encoding: 'utf8' })).toMatchObject({ status: 1, stderr: expect.stringContaining('registry.example') });
  });
});

describe('a command that is not there', () => {
  it.each([
    [['tools/not-built.mjs', 'chaos'], 'npm run chaos is not built yet'],
    [['tools/bench.mjs', 'nothing-like-it'], 'there is no benchmark "nothing-like-it"'],
    [['tools/test.mjs', 'nothing-like-it'], 'no such suite: nothing-like-it'],
  ])('%s exits 2 and says so', (args, words) => {
    expect(spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })).toMatchObject({ status: 2, stderr: expect.stringContaining(words) });
  });
});
