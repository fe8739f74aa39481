import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The repository that this program was built from: its compiled files lie in dist/ below it, its sources too. */
export const REPOSITORY = rootAbove(__dirname);

/** A file, or a version of one that once was. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Buffer;
}

const MOST_BYTES = 1_000_000_000;
/** What npm brought, what git itself keeps, and what is made from the sources. */
const NOT_SOURCES = new Set(['node_modules', '.git', 'dist', 'coverage']);

/** Every file below a folder. */
export function* filesBelow(folder: string): Generator<NamedBytes> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const at = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!NOT_SOURCES.has(entry.name)) yield* filesBelow(at);
    } else if (entry.isFile()) yield { name: path.relative(REPOSITORY, at), bytes: readFileSync(at) };
  }
}

/** Every object of git's whole history, of every branch: contents, folders and what was said of each change. Undefined where this is no clone. */
export function historyOf(folder: string): readonly NamedBytes[] | undefined {
  if (!existsSync(path.join(folder, '.git'))) return undefined;
  const git = (args: readonly string[], input?: string): Buffer => execFileSync('git', ['-C', folder, ...args], { maxBuffer: MOST_BYTES, ...(input === undefined ? {} : { input }) });
  const listed = git(['rev-list', '--objects', '--all']).toString('utf8').trim().split('\n').filter((line) => line !== '');
  const names = new Map(listed.map((line) => [line.slice(0, 40), line.slice(41)]));
  return objectsIn(git(['cat-file', '--batch'], `${[...names.keys()].join('\n')}\n`), names);
}

/** `<id> <kind> <size>\n<bytes>\n`, one after the other. */
function objectsIn(batch: Buffer, names: ReadonlyMap<string, string>): readonly NamedBytes[] {
  const objects: NamedBytes[] = [];
  for (let at = 0; at < batch.length;) {
    const end = batch.indexOf(0x0a, at);
    const [id = '', kind = '', size = ''] = batch.subarray(at, end).toString('latin1').split(' ');
    const bytes = batch.subarray(end + 1, end + 1 + Number(size));
    if (kind !== 'tree') objects.push({ name: `${id.slice(0, 10)} ${names.get(id) ?? ''}`, bytes });
    at = end + 1 + Number(size) + 1;
  }
  return objects;
}

function rootAbove(folder: string): string {
  if (existsSync(path.join(folder, 'package-lock.json'))) return folder;
  const parent = path.dirname(folder);
  if (parent === folder) throw new Error('no repository above this program');
  return rootAbove(parent);
}
