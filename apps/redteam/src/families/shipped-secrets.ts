import { generateKeyPairSync } from 'node:crypto';
import path from 'node:path';
import { existsSync } from 'node:fs';
import { toBase64, toHex } from '#libs/envelope';
import { deriveKeyFileKey, freshKeyFileKdf, generateKey, sealKeyFile } from '#libs/suites';
import type { Family, Scene } from '../attack';
import { filesBelow, historyOf, REPOSITORY, type NamedBytes } from '../files/repository';
import { secretsIn } from '../files/secrets';

/** Private keys, tokens and passwords in what is published: every file, every version there ever was, what is compiled. T42. */
export const SHIPPED_SECRETS: Family = {
  family: 'secrets in the repository, its history and what is compiled', threat: 'T42', where: 'files',
  run: async ({ tally, random }) => {
    for (const [name, text] of await planted(random)) tally.control(`the search finds ${name}`, secretsIn(Buffer.from(text)).length > 0);
    const dist = path.join(REPOSITORY, 'dist');
    const places: readonly (readonly [string, Iterable<NamedBytes> | undefined])[] = [
      ['files', filesBelow(REPOSITORY)], ['versions of files and words of commits', historyOf(REPOSITORY)], ['compiled files', existsSync(dist) ? filesBelow(dist) : undefined],
    ];
    for (const [what, all] of places) {
      // Without git, from a published archive, there is no history to look into.
      if (all === undefined) continue;
      let [looked, found] = [0, 0];
      for (const { name, bytes } of all) {
        const kinds = secretsIn(bytes);
        looked += 1;
        found += kinds.length;
        tally.judged(`${name}`, kinds[0] ?? 'nothing', ['nothing']);
      }
      tally.control(`nothing secret in ${looked} ${what}`, looked > 0 && found === 0);
    }
  },
};

/** One of each kind, made now and known to nobody, as it would look in a file, a log or a column. */
async function planted(random: Scene['random']): Promise<readonly (readonly [string, string])[]> {
  const [ed25519, es256, sm2] = [await generateKey('ed25519'), await generateKey('es256'), await generateKey('sm2-sm3')];
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } }).privateKey;
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const letters = (count: number): string => Array.from({ length: count }, () => 'abcdefghijklmnopqrstuvwxyzABCDEFGH0123456789'.charAt(random.int(44))).join('');
  const sealed = await sealKeyFile(ed25519.pkcs8, ed25519.key, await deriveKeyFileKey(letters(20), freshKeyFileKdf()));
  return [
    ['a key in PEM', rsa], ['a key in PEM inside JSON', JSON.stringify({ key: rsa })], ['a key of RSA as base64', rsa.split('\n').slice(1, -2).join('')],
    ['a server\'s key file', JSON.stringify({ key: ed25519.key, pkcs8: toBase64(ed25519.pkcs8) })], ['a key of Ed25519 in hex', `\\x${toHex(ed25519.pkcs8)}`],
    ['a browser\'s key', toBase64(es256.pkcs8)], ['a key of SM2', toBase64(sm2.pkcs8)], ['a JWK', JSON.stringify(ec.export({ format: 'jwk' }))], ['a sealed key file', JSON.stringify(sealed)],
    ['a session in a log', `authorization: Bearer eyJ${letters(30)}.eyJ${letters(60)}.${letters(86)}`], ['a token of a forge', `ghp_${letters(36)}`], ['a database address', `postgresql://clarion_owner:${letters(24)}@127.0.0.1:5432/clarion`],
  ];
}
