import { createPublicKey, generateKeyPair, sign, verify } from 'node:crypto';
import { promisify } from 'node:util';
import { afterPrefix, littleEndian, modulo } from './field';
import { isSquare } from './is-square';
import { ED25519_ANSWERS } from './known-answers';
import { ED25519_SPKI_PREFIX } from './spki';
import type { PointRefusal, PreparedKey, SoftwareSuite } from './suite';
import { whenNeeded } from './when-needed';

const generatePair = promisify(generateKeyPair);

/** Field prime and curve constant (RFC 8032 5.1). */
const P = 2n ** 255n - 19n;
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;

/**
 * y of the points of order 1, 2, 4 and 8; both signs of x share y. Under such a key one constant signature
 * holds for many or all messages, so nobody may register one.
 */
const ORDER_8_Y = 2707385501144840649318225287225658788936804267575313519463743609750303402022n;
const SMALL_ORDER_Y: ReadonlySet<bigint> = new Set([0n, 1n, P - 1n, ORDER_8_Y, P - ORDER_8_Y]);

function checkSpki(spki: Uint8Array): PointRefusal | undefined {
  const point = afterPrefix(spki, ED25519_SPKI_PREFIX, 32);
  if (point === undefined) return 'key-spki-shape';
  // The top bit is the sign of x (RFC 8032 5.1.2); the rest is y.
  const y = BigInt.asUintN(255, littleEndian(point));
  if (SMALL_ORDER_Y.has(y % P)) return 'key-point-small-order';
  if (y >= P) return 'key-point-not-canonical';
  // x^2 = (y^2 - 1) / (d y^2 + 1) has a root exactly when numerator * denominator is a square.
  const ySquared = modulo(y * y, P);
  return isSquare((ySquared - 1n) * (D * ySquared + 1n), P) ? undefined : 'key-point-off-curve';
}

function prepare(spki: Uint8Array): PreparedKey {
  // As a JWK (RFC 8037): OpenSSL's reader of DER takes ten times as long, and what it would check is checked above.
  const key = whenNeeded(() => {
    const x = Buffer.from(spki.subarray(ED25519_SPKI_PREFIX.length)).toString('base64url');
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  });
  return {
    // OpenSSL refuses S >= L (RFC 8032 5.1.7); the known answers hold it to that.
    verify: (bytes, sig) => sig.length === 64 && verify(null, bytes, key(), sig),
  };
}

/** Ed25519 (RFC 8032 5.1), keys as RFC 8410 SPKI: command line, servers, devices, microphone sessions. */
export const ed25519: SoftwareSuite<'ed25519'> = {
  alg: 'ed25519',
  pinsRp: false,
  checkSpki,
  prepare,
  sign: async (bytes, privateKey) => new Uint8Array(sign(null, bytes, privateKey)),
  digest: undefined,
  generate: async () => (await generatePair('ed25519')).privateKey,
  owns: (privateKey) => privateKey.type === 'private' && privateKey.asymmetricKeyType === 'ed25519',
  knownAnswers: ED25519_ANSWERS,
};
