import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fromHex, toBase64 } from '#libs/envelope';
import { keyIdOf, verify, type KeyRecord, type SoftwareAlg } from '#libs/suites';

/**
 * Project Wycheproof's vectors (C2SP/wycheproof, Apache-2.0) are not copied here; put them below CLARION_SAMPLES. One
 * false accept is a failure; so is a false reject that is not listed in `stricter`.
 */
const samples = process.env['CLARION_SAMPLES'];
const folder = samples === undefined ? undefined : path.join(samples, 'crypto', 'wycheproof');
const has = folder !== undefined && existsSync(folder);
if (!has) console.warn('SKIPPED: Wycheproof vectors (put testvectors_v1/ed25519_test.json and ecdsa_secp256r1_sha256_p1363_test.json into $CLARION_SAMPLES/crypto/wycheproof)');

interface Test { readonly tcId: number; readonly msg: string; readonly sig: string; readonly result: 'valid' | 'invalid' | 'acceptable' }
interface File { readonly testGroups: readonly { readonly publicKeyDer: string; readonly tests: readonly Test[] }[] }

const hex = (text: string) => fromHex(text) ?? new Uint8Array(1);

function recordOf(alg: SoftwareAlg, der: string): KeyRecord {
  const spki = hex(der);
  return { keyId: keyIdOf(alg, spki), alg, spki: toBase64(spki) };
}

(has ? describe : describe.skip)('published vectors', () => {
  it.each<[SoftwareAlg, string, readonly number[]]>([
    ['ed25519', 'ed25519_test.json', []],
    ['es256', 'ecdsa_secp256r1_sha256_p1363_test.json', []],
  ])('of %s: nothing is accepted that is not valid, and nothing valid is refused', (alg, name, stricter) => {
    const { testGroups } = JSON.parse(readFileSync(path.join(folder ?? '', name), 'utf8')) as File;
    const answers = testGroups.flatMap(({ publicKeyDer, tests }) => tests.map((test) => ({ ...test, holds: verify(recordOf(alg, publicKeyDer), hex(test.msg), hex(test.sig)) })));
    expect(answers.length).toBeGreaterThan(140);
    expect(answers.filter(({ result, holds }) => holds && result === 'invalid').map(({ tcId }) => tcId)).toEqual([]);
    expect(answers.filter(({ result, holds }) => !holds && result === 'valid').map(({ tcId }) => tcId)).toEqual(stricter);
  });
});
