import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { Family } from '../attack';
import { lockFaults, type LockFaultCode } from '../files/lockfile';
import { REPOSITORY } from '../files/repository';

const looseLock = z.looseObject({ packages: z.record(z.string(), z.looseObject({})) });
type Entry = Record<string, unknown>;

/** What somebody does to one entry of the lock, and what must be found. */
const OPERATORS: readonly { readonly name: string; readonly code: LockFaultCode; readonly change: (entry: Entry) => Entry }[] = [
  { name: 'its digest taken out', code: 'NO_INTEGRITY', change: ({ integrity: _, ...rest }) => ({ ...rest, dev: false }) },
  { name: 'a digest of SHA-1 in its place', code: 'WEAK_INTEGRITY', change: (entry) => ({ ...entry, integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' }) },
  { name: 'half a digest', code: 'WEAK_INTEGRITY', change: (entry) => ({ ...entry, integrity: String(entry['integrity'] ?? 'sha512-').slice(0, 40) }) },
  { name: 'from a repository instead of the registry', code: 'FOREIGN_SOURCE', change: (entry) => ({ ...entry, resolved: 'git+ssh://git@example.com/x.git#abc' }) },
  { name: 'from a server of the attacker', code: 'FOREIGN_SOURCE', change: (entry) => ({ ...entry, resolved: 'https://packages.example.com/x/-/x-1.0.0.tgz' }) },
  { name: 'over a line that anybody may change', code: 'FOREIGN_SOURCE', change: (entry) => ({ ...entry, resolved: 'http://packages.example.com/x/-/x-1.0.0.tgz' }) },
  { name: 'a folder beside the repository', code: 'FOREIGN_SOURCE', change: (entry) => ({ ...entry, link: true }) },
];

/** The lock of packages and its manifest, changed as somebody would who wants his code on every server: T60. Nothing may need a script of its own at the install. */
export const DEPENDENCIES: Family = {
  family: 'somebody else\'s code through the lock of packages', threat: 'T60', where: 'files',
  run: ({ tally, random, thin }) => {
    const [lockText, manifestText] = ['package-lock.json', 'package.json'].map((name) => readFileSync(path.join(REPOSITORY, name), 'utf8'));
    if (lockText === undefined || manifestText === undefined) throw new Error('no lock');
    const genuine = lockFaults(lockText, manifestText);
    tally.control(`the genuine lock has no fault: ${genuine.map(({ code, name }) => `${name} ${code}`).join(', ') || 'none'}`, genuine.length === 0);
    const lock = looseLock.parse(JSON.parse(lockText));
    const places = Object.keys(lock.packages).filter((place) => place !== '');
    const judge = (name: string, code: LockFaultCode, changed: unknown, manifest = manifestText): void => {
      const found = lockFaults(JSON.stringify(changed), manifest).map((fault) => fault.code);
      tally.judged(name, found.includes(code) ? code : found[0] ?? 'unnoticed', [code]);
    };
    const withEntry = (place: string, change: (entry: Entry) => Entry): unknown => ({ ...lock, packages: { ...lock.packages, [place]: change(lock.packages[place] ?? {}) } });
    for (const { name, code, change } of OPERATORS) {
      for (let n = 0; n < Math.max(3, Math.floor(30 / thin)); n += 1) {
        const place = random.pick(places);
        judge(`${place}: ${name}`, code, withEntry(place, change));
      }
    }
    const ordinary = places.filter((place) => lock.packages[place]?.['hasInstallScript'] !== true);
    for (let n = 0; n < Math.max(3, Math.floor(30 / thin)); n += 1) judge('a package gets a script of its own', 'INSTALL_SCRIPT', withEntry(random.pick(ordinary), (entry) => ({ ...entry, hasInstallScript: true })));
    for (const [name, version] of [['node-forge', '1.4.2'], ['node-forge', '1.3.1'], ['node-forge', '0.10.0'], ['multer', '1.4.5'], ['ws', '8.17.0']] as const) judge(`${name} ${version}`, 'BELOW_FLOOR', withEntry(`node_modules/${name}`, (entry) => ({ ...entry, version })));
    for (const name of ['jsonwebtoken', 'tar', 'request']) judge(`${name} comes in`, 'BANNED', withEntry(`node_modules/x/node_modules/${name}`, () => ({ version: '99.0.0', integrity: `sha512-${'A'.repeat(86)}==` })));
    for (const name of ['preinstall', 'postinstall', 'prepare']) judge(`a ${name} of our own`, 'SCRIPT_IN_MANIFEST', lock, manifestText.replace('"scripts": {', `"scripts": { "${name}": "curl example.com",`));
    judge('the manifest asks for another version than the lock holds', 'MANIFEST_DIFFERS', lock, manifestText.replace('"node-forge": "^1.4.3"', '"node-forge": "^2.0.0"'));
    judge('the manifest names a package that the lock does not hold', 'NOT_IN_LOCK', lock, manifestText.replace('"dependencies": {', '"dependencies": { "clarion-helper": "^1.0.0",'));
    return Promise.resolve();
  },
};
