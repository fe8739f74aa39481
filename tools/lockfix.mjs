// Completes package-lock.json so that `npm ci` of npm 11 accepts it on every platform.
//
// A package such as @swc/core names one optional package per platform. Where a registry lacks some of
// them, `npm install` leaves them out of the lock, and `npm ci` then refuses that same lock
// ("Missing: ... from lock file", npm/cli issue 9846). This adds an entry for each: version, os, cpu, optional.
// No integrity hash is known for them; on other platforms they are never fetched.
//
// Run after every change of dependencies:  node tools/lockfix.mjs [LOCK]
// With --check it changes nothing and exits 1 when the lock is incomplete or names a registry host.
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const PROCESSORS = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64'];

/** What the name of a platform package says it runs on; null when it names no platform. */
export function platformOf(name) {
  const words = name.slice(name.lastIndexOf('/') + 1).split(/[-.]/);
  const os = words.find((word) => SYSTEMS.includes(word));
  const cpu = words.find((word) => PROCESSORS.includes(word));
  if (os === undefined) return null;
  const libc = words.some((word) => word.startsWith('musl')) ? 'musl' : words.includes('gnu') ? 'glibc' : undefined;
  return { os, cpu, libc };
}

/** Where Node would find `dependency` for the package at `from`, walking up; null when nowhere in the lock. */
function found(packages, from, dependency) {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1))) {
    const place = `${at === '' ? '' : `${at}/`}node_modules/${dependency}`;
    if (packages[place] !== undefined) return place;
    if (at === '') return null;
  }
}

/** The lock with every missing platform package added; `added` names them, `unknown` those it could not judge. */
export function complete(lock) {
  const packages = { ...lock.packages };
  const added = [];
  const unknown = [];
  for (const [from, entry] of Object.entries(lock.packages)) {
    if (from === '') continue;
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (found(packages, from, name) !== null) continue;
      const platform = platformOf(name);
      if (platform === null || !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) {
        unknown.push(`${name}@${version}`);
        continue;
      }
      packages[`node_modules/${name}`] = {
        version,
        ...(platform.cpu === undefined ? {} : { cpu: [platform.cpu] }),
        ...(entry.dev === true ? { dev: true } : {}),
        ...(platform.libc === undefined || platform.os !== 'linux' ? {} : { libc: [platform.libc] }),
        optional: true,
        os: [platform.os],
      };
      added.push(name);
    }
  }
  const sorted = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  return { lock: { ...lock, packages: sorted }, added, unknown };
}

/** Addresses of registries in the lock: none may stand there, so that any mirror can serve it. */
export function hostsIn(lock) {
  return Object.entries(lock.packages)
    .filter(([, entry]) => entry.resolved !== undefined)
    .map(([place, entry]) => `${place} -> ${entry.resolved}`);
}

function main(args) {
  const check = args.includes('--check');
  const file = args.find((word) => !word.startsWith('--')) ?? 'package-lock.json';
  const result = complete(JSON.parse(readFileSync(file, 'utf8')));
  const hosts = hostsIn(result.lock);
  for (const name of result.unknown) console.error(`not a platform package, left alone: ${name}`);
  for (const line of hosts) console.error(`names a registry host: ${line}`);
  if (!check && result.added.length > 0) writeFileSync(file, `${JSON.stringify(result.lock, null, 2)}\n`);
  console.log(`${check ? 'missing' : 'added'} ${result.added.length}`);
  return hosts.length > 0 || (check && result.added.length > 0) ? 1 : 0;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = main(process.argv.slice(2));
}
