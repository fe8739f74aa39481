// npm test: installs what is missing, then lint, types, build and every suite below tests/.
// The last line is exactly `N passed, N failed, N skipped`; lint, types and build count as one check each.
// Named groups only:  node tools/test.mjs unit integration     Exit 0 only when nothing failed.
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { root, runPackage } from './root.mjs';

const ci = Boolean(process.env.CI) && process.env.CI !== 'false';

// Suites that open servers or use much memory run one after the other.
const SIDE_BY_SIDE = ['unit', 'contracts', 'vectors', 'architecture'];
const ORDER = ['integration', 'e2e', 'browser', 'hostile', 'scenarios'];
// The scripted day plays in real time and mostly waits: it runs beside the suites that open servers.
const BESIDE = { folder: 'scenarios', spec: 'small-day.spec.ts' };

const total = { passed: 0, failed: 0, skipped: 0 };

function count(name, ok, output) {
  total[ok ? 'passed' : 'failed'] += 1;
  if (!ok && output !== '') console.log(output.trimEnd());
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name}`);
}

/** Folders below tests/ that hold specs, so that a new one can never be left out silently. */
function groups() {
  const holdsSpecs = (folder) =>
    readdirSync(folder, { withFileTypes: true }).some((entry) =>
      entry.isDirectory() ? holdsSpecs(path.join(folder, entry.name)) : entry.name.endsWith('.spec.ts'),
    );
  const tests = path.join(root, 'tests');
  if (!existsSync(tests)) return [];
  const found = readdirSync(tests, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && holdsSpecs(path.join(tests, entry.name)))
    .map((entry) => entry.name);
  const first = SIDE_BY_SIDE.filter((name) => found.includes(name));
  const rest = [...ORDER, ...found].filter((name, at, all) => found.includes(name) && !first.includes(name) && all.indexOf(name) === at);
  return [...(first.length > 0 ? [{ folders: first, serial: false }] : []), ...rest.map((name) => ({ folders: [name], serial: true }))];
}

/** A path below tests/ as a pattern that matches nothing else. */
const inTests = (...parts) => path.join(root, 'tests', ...parts).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** Runs one group and adds its figures; a suite that cannot even load counts as one failure. */
async function jest({ name, patterns, without = [], workers }, scratch) {
  console.log(`\n--- ${name}`);
  const began = Date.now();
  const report = path.join(scratch, `${name.replace(/\W+/g, '-')}.json`);
  const args = ['--json', `--outputFile=${report}`, '--silent=passed-only', ...(ci ? ['--ci'] : []), ...(workers === 1 ? ['--runInBand'] : [`--maxWorkers=${workers}`])];
  if (without.length > 0) args.push('--testPathIgnorePatterns', ...without);
  // With --json jest writes the report to the file and its story to stderr.
  const { code } = await runPackage('jest/bin/jest.js', [...args, '--testPathPatterns', ...patterns]);
  console.log(`--- ${name}: ${Math.round((Date.now() - began) / 1000)} s`);
  if (!existsSync(report)) return count(`${name}: jest ended with ${code} and no report`, false, '');
  const result = JSON.parse(readFileSync(report, 'utf8'));
  total.passed += result.numPassedTests;
  total.failed += result.numFailedTests + result.numRuntimeErrorTestSuites;
  total.skipped += result.numPendingTests + result.numTodoTests;
  if (code !== 0 && result.numFailedTests + result.numRuntimeErrorTestSuites === 0) {
    count(`${name}: jest ended with ${code} although no test failed`, false, '');
  }
}

/** First what shares every core; then, one after the other, what opens servers, with the scripted day beside it. */
async function suites(chosen, scratch) {
  const day = inTests(BESIDE.folder, BESIDE.spec);
  const run = ({ folders, serial }) => jest({
    name: folders.join(', '), patterns: folders.map((folder) => `^${inTests(folder)}/`), without: [`^${day}$`], workers: serial ? 1 : os.availableParallelism(),
  }, scratch);
  const inTurn = async (groups) => {
    for (const group of groups) await run(group);
  };
  await inTurn(chosen.filter(({ serial }) => !serial));
  const hasDay = chosen.some(({ folders }) => folders.includes(BESIDE.folder)) && existsSync(path.join(root, 'tests', BESIDE.folder, BESIDE.spec));
  await Promise.all([
    ...(hasDay ? [jest({ name: BESIDE.spec, patterns: [`^${day}$`], workers: 1 }, scratch)] : []),
    inTurn(chosen.filter(({ serial }) => serial)),
  ]);
}

/** Lint and types read the same sources and do not depend on each other: they share the two cores. */
async function checks() {
  const [lint, types] = await Promise.all([
    runPackage('eslint/bin/eslint.js', ['.', '--max-warnings', '0'], { collect: true }),
    runPackage('typescript/bin/tsc', ['--noEmit'], { collect: true }),
  ]);
  count('lint', lint.code === 0, lint.output);
  count('types', types.code === 0, types.output);
  const build = await ensureBuilt().then(() => '', (cause) => cause.message);
  count('build', build === '', build);
}

async function main(names) {
  const all = groups();
  const known = ['checks', ...all.flatMap((group) => group.folders)];
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    console.error(`no such suite: ${unknown.join(', ')}. Suites: ${known.join(', ')}`);
    return 2;
  }
  const chosen = names.length === 0 ? all : all.map((group) => ({ ...group, folders: group.folders.filter((name) => names.includes(name)) })).filter((group) => group.folders.length > 0);
  await ensureInstalled();
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'clarion-test-'));
  try {
    if (names.length === 0 || names.includes('checks')) await checks();
    await suites(chosen, scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2)).catch((cause) => {
  console.error(cause.message);
  console.log(`\n${total.passed} passed, ${total.failed + 1} failed, ${total.skipped} skipped`);
  return 1;
});
