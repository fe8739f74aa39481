// Builds the signing pages (apps/console) with Vite into dist/pages/sign, with build.json beside them: what they are made of.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { root } from './root.mjs';

const FROM = ['apps/console/src', 'libs/contracts', 'libs/domain', 'libs/envelope', 'libs/link'];
const SETTINGS = ['tools/build-pages.mjs', 'apps/console/tsconfig.json', 'package.json'];
const out = path.join(root, 'dist/pages/sign');
const stamp = path.join(root, 'dist/pages/.sign-built');

/** Not part of the build's hash: one says where the platform is, the other what the hash is. */
export const BESIDE = ['build.json', 'where.json'];

function filesBelow(folder, at = '') {
  return readdirSync(path.join(folder, at), { withFileTypes: true }).flatMap((entry) => {
    const name = at === '' ? entry.name : `${at}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(folder, name) : [name];
  });
}

/**
 * The build's hash: SHA-256 over one line "<sha256>  <path>\n" for each file, sorted by path (bytes), as `sha256sum` prints them.
 * apps/sign computes the same of what it serves.
 */
export function manifestOf(folder) {
  const files = filesBelow(folder).filter((name) => !BESIDE.includes(name)).sort((a, b) => (a < b ? -1 : 1)).map((name) => {
    const bytes = readFileSync(path.join(folder, name));
    return { path: name, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
  });
  const hash = createHash('sha256').update(files.map(({ path: name, sha256 }) => `${sha256}  ${name}\n`).join('')).digest('hex');
  return { format: 'clarion-pages.v1', hash, files };
}

/** What the pages are made from: names and contents, so that a clone made twice builds once. */
function fingerprint() {
  const hash = createHash('sha256');
  for (const folder of FROM) for (const name of filesBelow(path.join(root, folder)).sort()) hash.update(`${folder}/${name}\n`).update(readFileSync(path.join(root, folder, name)));
  for (const file of SETTINGS) hash.update(readFileSync(path.join(root, file)));
  return hash.digest('hex');
}

/** Installed servers have what was built and not what it was built from. */
export function pagesUpToDate() {
  if (!existsSync(path.join(root, FROM[0]))) return true;
  return existsSync(stamp) && existsSync(path.join(out, 'build.json')) && readFileSync(stamp, 'utf8') === fingerprint();
}

/** Every name in the contracts that is a schema: what is called on one makes another and does nothing else. */
function schemaNames() {
  const folder = path.join(root, 'libs/contracts');
  return [...new Set(filesBelow(folder).flatMap((name) => readFileSync(path.join(folder, name), 'utf8').match(/\b[a-z]\w*Schema\b/g) ?? []))];
}

/**
 * What zod brings along and no page uses: JSON schemas made of shapes, code made of shapes (the pages' policy forbids it),
 * and English sentences for issues (a page says in its own words which field it was). 7 kB of a phone's first load. Every
 * export stays under its name and throws when it is called.
 */
const LEFT_OUT = /\/zod\/v4\/(?:core\/(?:json-schema-processors|to-json-schema|doc)|locales\/en)\.js$/;

function leaveOut() {
  return {
    name: 'left-out-of-zod',
    transform(code, id) {
      if (!LEFT_OUT.test(id)) return null;
      if (id.endsWith('/locales/en.js')) return { code: 'export default () => ({ localeError: ({ code }) => code });', map: null };
      const names = [...code.matchAll(/^export (?:const|function|class) (\w+)/gm)].map(([, name]) => name);
      if (names.length === 0) throw new Error(`${id}: no export that is known here`);
      // A schema asks for these two when it is made, and calls what they answer never.
      const stub = (name) => `export const ${name} = ${/^create\w+Method$/.test(name) ? '() => gone' : 'gone'};`;
      return { code: `const gone = () => { throw new Error("left out of the pages"); };\n${names.map(stub).join('\n')}`, map: null };
    },
  };
}

/** Builds them; the caller holds the build's lock. Throws Vite's words. */
export async function buildPages() {
  const { build } = await import('vite');
  const made = fingerprint();
  const fresh = `${out}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(path.dirname(out), { recursive: true });
  await build({
    configFile: false,
    envDir: false,
    root: path.join(root, 'apps/console/src/sign'),
    base: './',
    logLevel: 'warn',
    publicDir: false,
    mode: 'production',
    // Of qrcode only what computes: the page draws by itself.
    resolve: { alias: [{ find: /^qrcode$/, replacement: 'qrcode/lib/core/qrcode.js' }, { find: /^#libs\/([a-z]+)$/, replacement: path.join(root, 'libs', '$1', 'index.ts') }] },
    plugins: [leaveOut()],
    oxc: { jsx: { runtime: 'automatic' } },
    build: {
      outDir: fresh,
      emptyOutDir: true,
      target: 'es2022',
      modulePreload: false,
      assetsInlineLimit: 0,
      cssCodeSplit: false,
      reportCompressedSize: false,
      // Our libs do nothing when loaded but define things: what is not used is left out.
      rolldownOptions: { treeshake: { manualPureFunctions: ['z', 'plainText', ...schemaNames()], propertyReadSideEffects: false, moduleSideEffects: [{ test: /\/libs\/(contracts|domain|envelope|link)\//, sideEffects: false }] } },
    },
  });
  const manifest = manifestOf(fresh);
  writeFileSync(path.join(fresh, 'build.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  rmSync(out, { recursive: true, force: true });
  renameSync(fresh, out);
  writeFileSync(stamp, made);
  return manifest;
}

/** Bytes over the wire when compressed: what a phone on 4G loads. */
export function gzipBytes() {
  return filesBelow(out).filter((name) => !BESIDE.includes(name)).reduce((sum, name) => sum + gzipSync(readFileSync(path.join(out, name)), { level: 9 }).length, 0);
}
