import { fromHex } from '#libs/envelope';

/** RFC 8410 4: SEQUENCE { SEQUENCE { 1.3.101.112 }, BIT STRING of 32 bytes }; 44 bytes with the point. */
export const ED25519_SPKI_PREFIX = constant('302a300506032b6570032100');

/** RFC 5480 2: SEQUENCE { SEQUENCE { ecPublicKey, prime256v1 }, BIT STRING of 04 || x || y }; 91 bytes with x and y. */
export const P256_SPKI_PREFIX = constant('3059301306072a8648ce3d020106082a8648ce3d03010703420004');

/** GB/T 35276 7.1, as RFC 5480 2 writes it: SEQUENCE { SEQUENCE { ecPublicKey, 1.2.156.10197.1.301 }, BIT STRING of 04 || x || y }; 91 bytes with x and y. */
export const SM2_SPKI_PREFIX = constant('3059301306072a8648ce3d020106082a811ccf5501822d03420004');

/** The bytes of a constant written as hex in this library. */
export function constant(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes === undefined) throw new TypeError('a constant of this library is not hex');
  return bytes;
}

/** SPKI of a bare public point. */
export function spkiOf(prefix: Uint8Array, pointHex: string): Uint8Array {
  const point = constant(pointHex);
  const spki = new Uint8Array(prefix.length + point.length);
  spki.set(prefix);
  spki.set(point, prefix.length);
  return spki;
}
