import { generateKeyPair, sign, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { sha256 } from './hash';
import { ES256_ANSWERS } from './known-answers';
import { checkP256Spki, prepareP256 } from './p256';
import type { SoftwareSuite } from './suite';

const generatePair = promisify(generateKeyPair);

function owns(privateKey: KeyObject): boolean {
  return privateKey.type === 'private' && privateKey.asymmetricKeyType === 'ec'
    && privateKey.asymmetricKeyDetails?.namedCurve === 'prime256v1';
}

/**
 * ECDSA P-256 with SHA-256 (FIPS 186-5 6), signature r || s of 64 bytes as WebCrypto makes it: persons in browsers.
 * From (r, s) anyone can make (r, n - s), so a signature's bytes are never an identity; the payload's digest is.
 */
export const es256: SoftwareSuite<'es256'> = {
  alg: 'es256',
  pinsRp: false,
  checkSpki: checkP256Spki,
  prepare: prepareP256,
  sign: async (bytes, privateKey) =>
    new Uint8Array(sign('sha256', bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' })),
  digest: (_spki, bytes) => sha256(bytes),
  generate: async () => (await generatePair('ec', { namedCurve: 'prime256v1' })).privateKey,
  owns,
  knownAnswers: ES256_ANSWERS,
};
