import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const root = path.resolve(__dirname, '../../..');
const runSchema = z.object({ name: z.string(), patterns: z.array(z.string()), without: z.array(z.string()), workers: z.number() });
const runsSchema = z.object({ first: z.array(runSchema), next: z.array(runSchema), beside: z.array(runSchema), unknown: z.array(z.string()) });

function runsOf(...names: readonly string[]): z.infer<typeof runsSchema> {
  const { stdout } = spawnSync(process.execPath, [path.join(root, 'tools/test-runs.mjs'), ...names], { encoding: 'utf8' });
  return runsSchema.parse(JSON.parse(stdout));
}

/** Paths of every spec below tests/. */
const specs = readdirSync(path.join(root, 'tests'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.spec.ts')).map((file) => path.join(root, 'tests', file));

function takenBy(runs: z.infer<typeof runsSchema>, spec: string): readonly string[] {
  return [...runs.first, ...runs.next, ...runs.beside]
    .filter(({ patterns, without }) => patterns.some((one) => new RegExp(one).test(spec)) && !without.some((one) => new RegExp(one).test(spec)))
    .map(({ name }) => name);
}

describe('npm test', () => {
  it('runs every spec once', () => {
    const runs = runsOf();
    expect(specs.length).toBeGreaterThan(150);
    expect(specs.filter((spec) => takenBy(runs, spec).length !== 1)).toEqual([]);
  });

  it('runs of a named suite its own specs alone, the scripted day with the scenarios', () => {
    const runs = runsOf('scenarios');
    expect(new Set(specs.filter((spec) => takenBy(runs, spec).length > 0).map((spec) => path.relative(root, path.dirname(spec))))).toEqual(new Set(['tests/scenarios']));
    expect(runs.beside.map(({ name }) => name)).toEqual(['small-day.spec.ts', 'scenarios']);
    expect(runsOf('integration').beside).toEqual([]);
  });

  it('opens servers in two processes at a time: the scripted day and whatever is short stand beside the long suite', () => {
    const runs = runsOf();
    expect([...runs.next, ...runs.beside].filter(({ workers }) => workers !== 1)).toEqual([]);
    expect(runs.next.map(({ name }) => name)).toEqual(['integration']);
    expect(runs.beside.map(({ name }) => name)).toEqual(['small-day.spec.ts', 'browser', 'hostile', 'scenarios']);
  });

  it('knows what is no suite', () => {
    expect(runsOf('checks', 'unit', 'everything').unknown).toEqual(['everything']);
  });
});
