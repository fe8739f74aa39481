import { createPublicKey, verify } from 'node:crypto';
import { shortWeierstrassCheck } from './field';
import { P256_SPKI_PREFIX } from './spki';
import type { PreparedKey } from './suite';
import { whenNeeded } from './when-needed';

/** P-256 (SP 800-186 3.2.1.3): y^2 = x^3 - 3x + B over P. */
export const checkP256Spki = shortWeierstrassCheck(P256_SPKI_PREFIX, {
  p: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
  b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
});

/** ECDSA with SHA-256, signature r || s, by a checked key. OpenSSL refuses r and s outside 1 .. N - 1; the known answers hold it to that. */
export function prepareP256(spki: Uint8Array): PreparedKey {
  const key = whenNeeded(() => createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }));
  return { verify: (bytes, sig) => sig.length === 64 && verify('sha256', bytes, { key: key(), dsaEncoding: 'ieee-p1363' }, sig) };
}
