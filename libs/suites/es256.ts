import { createPublicKey, generateKeyPair, sign, verify, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { afterPrefix, bigEndian, modulo } from './field';
import { ES256_ANSWERS } from './known-answers';
import { P256_SPKI_PREFIX } from './spki';
import type { PointRefusal, PreparedKey, Suite } from './suite';

const generatePair = promisify(generateKeyPair);

/** P-256 (SP 800-186 3.2.1.3): y^2 = x^3 - 3x + B over P. */
const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

function checkSpki(spki: Uint8Array): PointRefusal | undefined {
  const point = afterPrefix(spki, P256_SPKI_PREFIX, 64);
  if (point === undefined) return 'key-spki-shape';
  const x = bigEndian(point.subarray(0, 32));
  const y = bigEndian(point.subarray(32));
  if (x >= P || y >= P) return 'key-point-not-canonical';
  return modulo(y * y - (x * x * x - 3n * x + B), P) === 0n ? undefined : 'key-point-off-curve';
}

function prepare(spki: Uint8Array): PreparedKey {
  const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  return {
    // OpenSSL refuses r and s outside 1 .. N - 1; the known answers hold it to that.
    verify: (bytes, sig) => sig.length === 64 && verify('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, sig),
  };
}

function owns(privateKey: KeyObject): boolean {
  return privateKey.type === 'private' && privateKey.asymmetricKeyType === 'ec'
    && privateKey.asymmetricKeyDetails?.namedCurve === 'prime256v1';
}

/**
 * ECDSA P-256 with SHA-256 (FIPS 186-5 6), signature r || s of 64 bytes as WebCrypto makes it: persons in browsers.
 * From (r, s) anyone can make (r, n - s), so a signature's bytes are never an identity; the payload's digest is.
 */
export const es256: Suite<'es256'> = {
  alg: 'es256',
  signatureBytes: 64,
  checkSpki,
  prepare,
  sign: async (bytes, privateKey) =>
    new Uint8Array(sign('sha256', bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' })),
  generate: async () => (await generatePair('ec', { namedCurve: 'prime256v1' })).privateKey,
  owns,
  knownAnswers: ES256_ANSWERS,
};
