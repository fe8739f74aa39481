// Compiles apps and libs into dist with swc, only when a source changed. Types are checked by `npm test`, not here.
// Files that are not TypeScript (json, html, sql, ogg) are copied beside the compiled ones.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildPages, pagesUpToDate } from './build-pages.mjs';
import { installed } from './install.mjs';
import { isMain, root, runPackage } from './root.mjs';

const FOLDERS = ['apps', 'libs', 'tests/bench', 'tests/support', 'tests/scenarios'];
const SETTINGS = ['.swcrc', 'tools/build.mjs'];
// The pages are built by Vite into a bundle of their own (build-pages.mjs), which lies in dist beside the rest.
const LEFT_OUT = ['apps/console'];
const PAGES = 'pages';
const dist = path.join(root, 'dist');
const stamp = path.join(dist, '.built');
const lock = path.join(root, 'node_modules', '.clarion-building');

/** Every source file below the folders, as paths from the repository's root, sorted. */
function sources() {
  const files = [];
  const walk = (folder) => {
    if (LEFT_OUT.includes(folder) || !existsSync(path.join(root, folder))) return;
    for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
      const at = `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (entry.name !== 'node_modules') walk(at);
      } else files.push(at);
    }
  };
  FOLDERS.forEach(walk);
  return files.sort();
}

function newest(files) {
  return files.reduce((latest, file) => Math.max(latest, statSync(path.join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0), 0);
}

const compiled = (file) => (/\.tsx?$/.test(file) && !file.endsWith('.d.ts') ? file.replace(/\.tsx?$/, '.js') : file);

function fingerprint(files) {
  return createHash('sha256').update(files.join('\n')).digest('hex');
}

/** True when dist was made from exactly these files and none is newer. */
function upToDate(files) {
  if (!existsSync(stamp)) return false;
  return readFileSync(stamp, 'utf8') === fingerprint(files) && statSync(stamp).mtimeMs > newest([...files, ...SETTINGS]);
}

/** Removes from dist what no source stands for any more, so that a renamed file cannot live on. */
function removeLeftovers(files) {
  const wanted = new Set(files.map(compiled));
  const walk = (folder) => {
    for (const entry of readdirSync(path.join(dist, folder), { withFileTypes: true })) {
      const at = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (at !== PAGES) walk(at);
      } else if (at !== '.built' && !wanted.has(at.replace(/\.js\.map$/, '.js'))) rmSync(path.join(dist, at));
    }
  };
  walk('');
}

/** Takes the build lock; a lock of a dead process, or one older than two minutes, is taken over. */
async function locked(work) {
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (cause) {
      if (cause.code !== 'EEXIST') throw cause;
      if (abandoned()) rmSync(lock, { force: true });
      else await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function abandoned() {
  const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  if (age > 120_000) return true;
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    if (pid > 0) process.kill(pid, 0);
    return false;
  } catch (cause) {
    return cause.code === 'ESRCH';
  }
}

async function build() {
  const files = sources();
  const [compiles, makesPages] = [!upToDate(files), !pagesUpToDate()];
  if (!compiles && !makesPages) return false;
  if (!installed()) throw notInstalled();
  if (makesPages) await buildPages();
  if (compiles) await compile(files);
  return true;
}

async function compile(files) {
  const began = new Date();
  mkdirSync(dist, { recursive: true });
  rmSync(stamp, { force: true });
  const folders = FOLDERS.filter((folder) => existsSync(path.join(root, folder)));
  const ignore = LEFT_OUT.flatMap((folder) => ['--ignore', `${folder}/**`]);
  const { code, output } = await runPackage('@swc/cli/bin/swc.js', [...folders, '-d', 'dist', '--copy-files', ...ignore], { collect: true });
  if (code !== 0) throw new Error(`the build failed:\n${output}`);
  removeLeftovers(files);
  writeFileSync(stamp, fingerprint(files));
  // The stamp carries the time the build began: what was saved meanwhile is compiled next time.
  utimesSync(stamp, began, began);
}

function notInstalled() {
  return new Error('The npm packages are not installed yet, or not all of them: run `npm start`, which installs them, or `npm ci`, and let it end.\n尚未装好 npm 依赖：请先运行 npm start 或 npm ci，等它完成。');
}

/** Compiles when a source is newer than dist; resolves to whether it did. Throws a sentence: packages missing, a folder that this account may not write, swc's words. */
export async function ensureBuilt() {
  // npm writes this file last. After `npm prune` it is still there: what is built needs no compiler.
  if (!existsSync(path.join(root, 'node_modules/.package-lock.json'))) throw notInstalled();
  // Without the lock first: whoever only runs what another account built may write nothing here.
  if (upToDate(sources()) && pagesUpToDate()) return false;
  try {
    return await locked(build);
  } catch (cause) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes(cause.code)) throw cause;
    throw new Error(`${root} holds sources newer than dist, and this account may not write there (${cause.code}): let its owner run \`npm run build\`.`);
  }
}

if (isMain(import.meta)) {
  try {
    const built = await ensureBuilt();
    if (!process.argv.includes('--quiet')) console.log(built ? 'Built dist.' : 'dist is up to date.');
  } catch (cause) {
    console.error(cause.message);
    process.exitCode = 1;
  }
}
