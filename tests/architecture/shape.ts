import ts from 'typescript';
import { importsOf, walk, type Source, type Violation } from './sources';

const LINES = 400;
const LEFTOVERS = /^(common|shared|utils?|helpers?|managers?|misc)$/;

/** Style 3-5: small files, no homes for leftovers, no knots. */
export function badShape(sources: readonly Source[]): readonly Violation[] {
  return [...sources.flatMap(sizeAndNames), ...sources.flatMap(forwardRefs), ...misplacedTests(sources), ...frailProcesses(sources), ...cycles(sources)];
}

function sizeAndNames({ path, text }: Source): readonly Violation[] {
  const wrong: Violation[] = [];
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  if (lines > LINES) wrong.push({ path, line: LINES, says: `${lines} lines: one file, one idea; split it` });
  for (const word of path.split('/').map((part) => part.replace(/\..*$/, ''))) {
    if (LEFTOVERS.test(word)) wrong.push({ path, line: 1, says: `"${word}" is a home for leftovers: name it after what it does` });
  }
  return wrong;
}

function forwardRefs(source: Source): readonly Violation[] {
  const wrong: Violation[] = [];
  walk(source, (node, line) => {
    if (ts.isIdentifier(node) && node.text === 'forwardRef') wrong.push({ path: source.path, line: line(), says: 'forwardRef hides a knot: untie it with an event' });
  });
  return wrong;
}

/** `npm test` finds specs below tests/ only: one elsewhere would never run. */
function misplacedTests(sources: readonly Source[]): readonly Violation[] {
  return sources
    .filter(({ path }) => /\.(spec|test)\.tsx?$/.test(path) && !(path.startsWith('tests/') && path.endsWith('.spec.ts')))
    .map(({ path }) => ({ path, line: 1, says: 'would never run: specs are tests/**/*.spec.ts' }));
}

/** A promise that nobody waited for ends a Node process, and a siren with it, unless the process says otherwise. */
function frailProcesses(sources: readonly Source[]): readonly Violation[] {
  return sources
    .filter(({ path, text }) => path.startsWith('apps/') && /\bready: true, service:/.test(text) && !text.includes("process.on('unhandledRejection'"))
    .map(({ path }) => ({ path, line: 1, says: 'runs for long and would end at the first promise that nobody waits for: log it and live (unhandledRejection)' }));
}

/** Files that load each other in a ring; types do not count. */
function cycles(sources: readonly Source[]): readonly Violation[] {
  const known = new Set(sources.map(({ path }) => path));
  const resolve = (target: string): string | undefined => [`${target}.ts`, `${target}.tsx`, `${target}/index.ts`].find((file) => known.has(file));
  const edges = new Map(
    sources.map((source) => [
      source.path,
      importsOf(source).filter(({ typeOnly }) => !typeOnly).flatMap(({ target, relative }) => {
        const file = relative ? resolve(target) : target.startsWith('#libs/') ? resolve(target.slice(1)) : undefined;
        return file === undefined ? [] : [file];
      }),
    ]),
  );
  const state = new Map<string, 'open' | 'done'>();
  const found: Violation[] = [];
  const visit = (file: string, trail: readonly string[]): void => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      found.push({ path: file, line: 1, says: `loads itself in a ring: ${[...trail.slice(trail.indexOf(file)), file].join(' -> ')}` });
      return;
    }
    state.set(file, 'open');
    for (const next of edges.get(file) ?? []) visit(next, [...trail, file]);
    state.set(file, 'done');
  };
  for (const { path } of sources) visit(path, []);
  return found;
}
