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
  // As a JWK (RFC 7518 6.2): OpenSSL's reader of DER takes half as long again; both ask that the point is on the curve.
  const key = whenNeeded(() => {
    const point = Buffer.from(spki.subarray(P256_SPKI_PREFIX.length));
    const [x, y] = [point.toString('base64url', 0, 32), point.toString('base64url', 32)];
    return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
  });
  return { verify: (bytes, sig) => sig.length === 64 && verify('sha256', bytes, { key: key(), dsaEncoding: 'ieee-p1363' }, sig) };
}
