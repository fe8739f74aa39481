// Installs the npm packages of the lock when they are not there. Node built-ins only.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isMain, root, run } from './root.mjs';

function readLock(file) {
  try {
    return JSON.parse(readFileSync(path.join(root, file), 'utf8')).packages;
  } catch {
    return null;
  }
}

/**
 * True when node_modules holds what package-lock.json names. npm writes node_modules/.package-lock.json as the
 * last step of an install, so an interrupted install has none. Optional packages may be missing: most are for
 * other platforms.
 */
export function installed() {
  const wanted = readLock('package-lock.json');
  const present = readLock('node_modules/.package-lock.json');
  if (wanted === null || present === null) return false;
  return Object.entries(wanted).every(([place, entry]) => {
    if (place === '' || entry.peer === true) return true;
    const there = present[place];
    return there === undefined ? entry.optional === true : there.version === entry.version;
  });
}

/** Runs `npm ci` when needed; throws with a sentence when it fails. */
export async function ensureInstalled() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) throw new Error(`Clarion needs Node 20 or newer; this is ${process.versions.node}.`);
  if (installed()) return;
  console.log('Installing the npm packages (about a minute) ...');
  const args = ['ci', '--no-audit', '--no-fund'];
  // Under `npm test` npm names its own script; run by hand, npm is found on the PATH.
  const npm = process.env.npm_execpath;
  const { code } =
    npm !== undefined && npm.endsWith('.js')
      ? await run(process.execPath, [npm, ...args])
      : await run('npm', args, { shell: process.platform === 'win32' });
  if (code !== 0) throw new Error(`npm ci ended with ${code}; its last lines above say why.`);
}

if (isMain(import.meta)) {
  await ensureInstalled();
}
