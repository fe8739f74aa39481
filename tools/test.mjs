// npm test: installs what is missing, then lint, types, build and every suite below tests/.
// The last line is exactly `N passed, N failed, N skipped`; lint, types and build count as one check each.
// Named groups only:  node tools/test.mjs unit integration     Exit 0 only when nothing failed.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { runPackage } from './root.mjs';
import { testRuns } from './test-runs.mjs';

const ci = Boolean(process.env.CI) && process.env.CI !== 'false';

const total = { passed: 0, failed: 0, skipped: 0 };

function count(name, ok, output) {
  total[ok ? 'passed' : 'failed'] += 1;
  if (!ok && output !== '') console.log(output.trimEnd());
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name}`);
}

/** One run of jest; adds its figures; a suite that cannot even load counts as one failure. */
async function jest({ name, patterns, without, workers }, scratch) {
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

/** What shares every core first; then what opens servers, in two lanes of about the same length. */
async function suites({ first, next, beside }, scratch) {
  const inTurn = async (runs) => {
    for (const run of runs) await jest(run, scratch);
  };
  await inTurn(first);
  await Promise.all([inTurn(beside), inTurn(next)]);
}

/** Lint takes as long as types and build together, and does not depend on them: they share the two cores. */
async function checks() {
  const typesOf = (...project) => runPackage('typescript/bin/tsc', ['--noEmit', ...project], { collect: true });
  const others = async () => {
    const types = await typesOf();
    // What runs in browsers is judged with a browser's types and without Node's.
    const browserTypes = await typesOf('-p', 'apps/console');
    return { types, browserTypes, build: await ensureBuilt().then(() => '', (cause) => cause.message) };
  };
  const [lint, { types, browserTypes, build }] = await Promise.all([runPackage('eslint/bin/eslint.js', ['.', '--max-warnings', '0'], { collect: true }), others()]);
  count('lint', lint.code === 0, lint.output);
  count('types', types.code === 0, types.output);
  count('types of the pages', browserTypes.code === 0, browserTypes.output);
  count('build', build === '', build);
}

async function main(names) {
  const runs = testRuns(names);
  if (runs.unknown.length > 0) {
    console.error(`no such suite: ${runs.unknown.join(', ')}. Suites: ${runs.known.join(', ')}`);
    return 2;
  }
  await ensureInstalled();
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'clarion-test-'));
  try {
    if (names.length === 0 || names.includes('checks')) await checks();
    await suites(runs, scratch);
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
