// Which suites `npm test` runs, and what beside what. `node tools/test-runs.mjs [SUITE ...]` prints it.
import { existsSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isMain, root } from './root.mjs';

// Suites that open servers or use much memory run one after the other.
const SIDE_BY_SIDE = ['unit', 'contracts', 'vectors', 'architecture'];
const ORDER = ['integration', 'e2e'];
// A second lane beside them, about as long as the first: the scripted day, which plays in real time and mostly waits, what
// waits for a browser, and what else is short. Both lanes take their ports where nobody listens (tests/support/ports.ts), or have a range of their own.
const DAY = { folder: 'scenarios', spec: 'small-day.spec.ts' };
const BESIDE = ['browser', 'hostile', 'scenarios'];
const tests = path.join(root, 'tests');

/** Folders below tests/ that hold specs, so that a new one can never be left out silently. */
function suites() {
  const holdsSpecs = (folder) =>
    readdirSync(folder, { withFileTypes: true }).some((entry) =>
      entry.isDirectory() ? holdsSpecs(path.join(folder, entry.name)) : entry.name.endsWith('.spec.ts'),
    );
  if (!existsSync(tests)) return [];
  return readdirSync(tests, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && holdsSpecs(path.join(tests, entry.name)))
    .map((entry) => entry.name);
}

/** A path below tests/ as the beginning of a pattern. */
const inTests = (...parts) => `^${path.join(tests, ...parts).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}`;

/**
 * Runs of jest for these suites, all when none is named: `first` share every core, then `next` one after the other, with
 * `beside`, also one after the other, at the same time. Each is {name, patterns, without, workers}; `unknown` are names of no suite.
 */
export function testRuns(names) {
  const found = suites();
  const chosen = names.length === 0 ? found : found.filter((name) => names.includes(name));
  const day = `${inTests(DAY.folder, DAY.spec)}$`;
  const run = (folders, workers) => ({ name: folders.join(', '), patterns: folders.map((folder) => `${inTests(folder)}/`), without: [day], workers });
  const first = SIDE_BY_SIDE.filter((name) => chosen.includes(name));
  const next = [...new Set([...ORDER, ...chosen])].filter((name) => chosen.includes(name) && ![...first, ...BESIDE].includes(name));
  const hasDay = chosen.includes(DAY.folder) && existsSync(path.join(tests, DAY.folder, DAY.spec));
  return {
    first: first.length > 0 ? [run(first, os.availableParallelism())] : [],
    next: next.map((name) => run([name], 1)),
    beside: [
      ...(hasDay ? [{ name: DAY.spec, patterns: [day], without: [], workers: 1 }] : []),
      ...BESIDE.filter((name) => chosen.includes(name)).map((name) => run([name], 1)),
    ],
    known: ['checks', ...found],
    unknown: names.filter((name) => name !== 'checks' && !found.includes(name)),
  };
}

if (isMain(import.meta)) console.log(JSON.stringify(testRuns(process.argv.slice(2)), null, 2));
