// npm run mutants: plants one fault at a time in a copy of the sources and runs the specs that should notice it.
// A fault that nothing notices is a hole in the tests. The last line is `N planted, N caught, N survived`; exit 0 only
// when every fault was caught. `--check` only asks that each fault still has exactly one place; names choose some; `--one` plants one at a time.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isMain, root } from '../root.mjs';
import { Copy } from './copy.mjs';
import { faults } from './faults.mjs';

/** Two at a time, each one process of jest; `--one` for a machine that has other work. */
const WORKERS = 2;
const OPTIONS = ['--check', '--one'];

/** What is wrong with the list itself: a text that is not there once, a spec that is not there, a name used twice. */
export function misplaced(list = faults) {
  const problems = [];
  const names = new Set();
  for (const { name, file, find, replace, why, suites } of list) {
    const fault = (what) => problems.push(`${name}: ${what}`);
    if (names.has(name)) fault('this name is taken');
    names.add(name);
    const places = textOf(file).split(find).length - 1;
    if (places !== 1) fault(`its text stands ${places} times in ${file}`);
    if (find === replace) fault('it changes nothing');
    if (!why) fault('it does not say what it would let through');
    if (suites.length === 0) fault('no spec is named');
    for (const suite of suites) if (textOf(suite) === '') fault(`${suite} is not there`);
  }
  return problems;
}

function textOf(file) {
  try {
    return readFileSync(path.join(root, file), 'utf8');
  } catch {
    return '';
  }
}

/** Every copy must be green before anything is planted: else a red spec says nothing. */
async function baseline(copies, list) {
  const suites = [...new Set(list.flatMap((fault) => fault.suites))];
  const shares = copies.map((_, at) => suites.filter((_suite, index) => index % copies.length === at));
  const verdicts = await Promise.all(copies.map((copy, at) => copy.judge(shares[at])));
  for (const verdict of verdicts) if (verdict.kind !== 'green') throw new Error(`without any fault the specs are ${verdict.kind}: ${verdict.by}`);
}

async function plantAll(copies, list) {
  const waiting = [...list];
  const outcomes = [];
  const work = async (copy) => {
    for (let fault = waiting.shift(); fault !== undefined; fault = waiting.shift()) {
      const began = Date.now();
      const verdict = await copy.judgeWith(fault);
      outcomes.push({ fault, verdict });
      const word = verdict.kind === 'red' ? 'caught  ' : verdict.kind === 'green' ? 'SURVIVED' : 'BROKEN  ';
      const by = verdict.kind === 'green' ? `${fault.why} (${fault.file})` : verdict.by;
      console.log(`${word} ${fault.name}: ${by} (${Math.round((Date.now() - began) / 1000)} s)`);
    }
  };
  await Promise.all(copies.map(work));
  return outcomes;
}

async function main(args) {
  const names = args.filter((arg) => !OPTIONS.includes(arg));
  const unknown = names.filter((name) => !faults.some((fault) => fault.name === name));
  if (unknown.length > 0) {
    console.error(`no such fault: ${unknown.join(', ')}`);
    return 2;
  }
  const problems = misplaced();
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) return 1;
  if (args.includes('--check')) {
    console.log(`${faults.length} faults, each with one place`);
    return 0;
  }
  const list = names.length === 0 ? faults : faults.filter(({ name }) => names.includes(name));
  const began = Date.now();
  const copies = Array.from({ length: args.includes('--one') ? 1 : Math.min(WORKERS, list.length) }, () => new Copy());
  const removeAll = () => copies.forEach((copy) => copy.remove());
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      removeAll();
      process.exit(1);
    });
  }
  try {
    await baseline(copies, list);
    console.log(`--- the specs are green without a fault: ${Math.round((Date.now() - began) / 1000)} s`);
    const outcomes = await plantAll(copies, list);
    const caught = outcomes.filter(({ verdict }) => verdict.kind === 'red').length;
    console.log(`\n${Math.round((Date.now() - began) / 1000)} s\n${outcomes.length} planted, ${caught} caught, ${outcomes.length - caught} survived`);
    return caught === outcomes.length ? 0 : 1;
  } finally {
    removeAll();
  }
}

if (isMain(import.meta)) {
  process.exitCode = await main(process.argv.slice(2)).catch((cause) => {
    console.error(cause.message);
    return 1;
  });
}
