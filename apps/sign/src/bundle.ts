import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pagesBuildSchema, type PagesBuild } from '#libs/contracts';

/** One file as it is served: in memory, so that what was hashed at the start is what goes out. */
export interface ServedFile {
  readonly body: Buffer;
  readonly type: string;
  readonly etag: string;
  /** Its name holds a hash of what is in it. */
  readonly isImmutable: boolean;
}

export interface Bundle {
  /** By request path; `/` is index.html. */
  readonly files: ReadonlyMap<string, ServedFile>;
  readonly build: PagesBuild;
}

/** Beside the bundle and not part of its hash: where the platform is, and what the hash is. */
const BESIDE = new Set(['build.json', 'where.json']);
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml', '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/**
 * Reads the signing pages and computes their hash: SHA-256 over one line "<sha256>  <path>\n" for each file, sorted by path.
 * Refuses (an Error with the reason) a folder without pages, a kind of file that pages do not have, and files that are not
 * those of the build.json beside them: half an update, or somebody's hand.
 */
export function loadBundle(folder: string): Bundle {
  const names = namesBelow(folder);
  const read = names.map((name) => ({ name, body: readFileSync(path.join(folder, name)) }));
  const files = new Map(read.map(({ name, body }) => [`/${name}`, served(name, body)]));
  const index = files.get('/index.html');
  if (index === undefined) throw new Error(`PAGES_MISSING: no signing pages in ${folder}; npm run build makes them`);
  files.set('/', index);
  const build = buildOf(read);
  const told = pagesBuildSchema.safeParse(JSON.parse(readFileSync(path.join(folder, 'build.json'), 'utf8')));
  if (!told.success || told.data.hash !== build.hash) throw new Error(`PAGES_ALTERED: the files in ${folder} are not those of its build.json`);
  return { files, build };
}

function buildOf(read: readonly { readonly name: string; readonly body: Buffer }[]): PagesBuild {
  const files = read.map(({ name, body }) => ({ path: name, sha256: sha256(body), bytes: body.length }));
  return pagesBuildSchema.parse({ format: 'clarion-pages.v1', hash: sha256(files.map((file) => `${file.sha256}  ${file.path}\n`).join('')), files });
}

function namesBelow(folder: string): readonly string[] {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => !entry.isDirectory());
  return entries.map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .filter((name) => !BESIDE.has(name)).sort((a, b) => (a < b ? -1 : 1));
}

function served(name: string, body: Buffer): ServedFile {
  const type = TYPES[path.extname(name)];
  if (type === undefined) throw new Error(`PAGES_FOREIGN: ${name} is no file that the signing pages have`);
  return { body, type, etag: `"${sha256(body).slice(0, 32)}"`, isImmutable: name.startsWith('assets/') };
}

function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
