import { readFileSync } from 'node:fs';
import { lockFaults } from '../../../../apps/redteam/src/files/lockfile';
import { filesBelow, REPOSITORY } from '../../../../apps/redteam/src/files/repository';
import { needleOf, needlesIn, secretsIn } from '../../../../apps/redteam/src/files/secrets';
import { Tally } from '../../../../apps/redteam/src/attack';
import { SHIPPED_SECRETS } from '../../../../apps/redteam/src/families/shipped-secrets';
import { toBase64 } from '#libs/envelope';
import { generateKey } from '#libs/suites';

const lock = readFileSync('package-lock.json', 'utf8');
const manifest = readFileSync('package.json', 'utf8');
type Lock = { packages: Record<string, Record<string, unknown>> };
const changed = (change: (packages: Lock['packages']) => void): string => {
  const copy = JSON.parse(lock) as Lock;
  change(copy.packages);
  return JSON.stringify(copy);
};
const codes = (text: string, of = manifest): readonly string[] => lockFaults(text, of).map(({ code }) => code);

describe('the lock of packages (T60)', () => {
  it('names each package by a SHA-512 and no source of its own, above the floors, and needs no script at the install', () => {
    expect(lockFaults(lock, manifest)).toEqual([]);
  });

  it.each<[string, string, (packages: Lock['packages']) => void]>([
    ['a package without its digest', 'NO_INTEGRITY', (packages) => { delete packages['node_modules/ws']?.['integrity']; }],
    ['a package from elsewhere', 'FOREIGN_SOURCE', (packages) => { Object.assign(packages['node_modules/ws'] ?? {}, { resolved: 'https://example.com/ws.tgz' }); }],
    ['the library for certificates below its floor', 'BELOW_FLOOR', (packages) => { Object.assign(packages['node_modules/node-forge'] ?? {}, { version: '1.4.2' }); }],
    ['a package with a script of its own', 'INSTALL_SCRIPT', (packages) => { Object.assign(packages['node_modules/ws'] ?? {}, { hasInstallScript: true }); }],
    ['a compiled part without its digest that production installs', 'NO_INTEGRITY', (packages) => { Object.assign(packages['node_modules/@swc/core-darwin-arm64'] ?? {}, { dev: false }); }],
  ])('refuses %s', (_, code, change) => {
    expect(codes(changed(change))).toContain(code);
  });

  it('takes no lock that it cannot read, and no manifest that asks for something else', () => {
    expect(codes('{}')).toEqual(['LOCK_SHAPE']);
    expect(codes(lock, manifest.replace('"pg": "^', '"pg": "^9'))).toEqual(['MANIFEST_DIFFERS']);
  });
});

describe('the search for secrets (T42)', () => {
  it('finds one of each kind that was planted, and nothing in the sources', async () => {
    const tally = new Tally();
    for (const { name, bytes } of filesBelow(REPOSITORY)) tally.judged(name, secretsIn(bytes)[0] ?? 'nothing', ['nothing']);
    expect(tally.row(SHIPPED_SECRETS, 1)).toMatchObject({ wrong: [] });
    const { pkcs8 } = await generateKey('ed25519');
    expect(secretsIn(Buffer.from(JSON.stringify({ pkcs8: toBase64(pkcs8) })))).toEqual(['private key of Ed25519']);
    expect(secretsIn(Buffer.from('-----BEGIN PRIVATE KEY----- is how such a file begins'))).toEqual([]);
  });

  it('finds a secret of this run raw, in hex and in base64, and no other', () => {
    const needles = [needleOf('one', 'correct horse battery staple'), needleOf('other', 'never written anywhere')];
    for (const text of ['x correct horse battery staple x', `\\x${Buffer.from('correct horse battery staple').toString('hex')}`, Buffer.from('correct horse battery staple').toString('base64')]) {
      expect(needlesIn(Buffer.from(text), needles)).toEqual(['one']);
    }
  });
});
