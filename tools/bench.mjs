// npm run bench -- NAME [--json FILE] [--short]
//
// A benchmark is tests/bench/NAME.bench.ts and exports `run({short}): Promise<{target, measured, peers, runs, held}>`:
//   target    the figure to reach, in words with its unit ("admit of one dispatch, warm: <= 1 ms")
//   measured  {name: number}, units in the names
//   peers     {name: number}, the same work done by others in the same run, or {}
//   runs      how many times it was measured
//   held      whether the target was reached
// `--short` asks for a small load and short windows, to try whether it runs; benchmarks that are short anyway ignore it.
// Exit 0 when held, 1 when not, 2 when NAME is unknown.
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { root } from './root.mjs';

const SUFFIX = '.bench.ts';

function names() {
  const folder = path.join(root, 'tests/bench');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((file) => file.endsWith(SUFFIX)).map((file) => file.slice(0, -SUFFIX.length)).sort();
}

async function main(args) {
  const at = args.indexOf('--json');
  const file = at < 0 ? null : args[at + 1];
  if (at >= 0 && file === undefined) return usage('--json needs a file name');
  const [name, ...more] = args.filter((word, index) => word !== '--short' && (at < 0 || (index !== at && index !== at + 1)));
  if (name === undefined || more.length > 0) return usage('name one benchmark');
  if (!names().includes(name)) return usage(`there is no benchmark "${name}"`);
  await ensureInstalled();
  await ensureBuilt();
  const { run } = createRequire(import.meta.url)(path.join(root, 'dist/tests/bench', `${name}.bench.js`));
  const { target, measured, peers = {}, runs, held } = await run({ short: args.includes('--short') });
  const result = { name, target, measured, peers, runs, held };
  console.log(JSON.stringify(result, null, 2));
  if (file !== null) writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
  return held ? 0 : 1;
}

function usage(sentence) {
  console.error(`${sentence}. Benchmarks: ${names().join(', ') || '(none yet)'}`);
  return 2;
}

process.exitCode = await main(process.argv.slice(2));
