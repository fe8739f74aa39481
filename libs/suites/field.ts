import type { PointRefusal } from './suite';

/** Arithmetic on public values only (key checks at registration); it is not constant-time. */

export function modulo(value: bigint, prime: bigint): bigint {
  const rest = value % prime;
  return rest < 0n ? rest + prime : rest;
}

/** Bytes as a number, the highest first; their count is a multiple of eight, or it throws. */
export function bigEndian(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let value = 0n;
  for (let at = 0; at < bytes.length; at += 8) value = (value << 64n) | view.getBigUint64(at);
  return value;
}

/** The same, the lowest first. */
export function littleEndian(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let value = 0n;
  for (let at = 0; at < bytes.length; at += 8) value |= view.getBigUint64(at, true) << BigInt(8 * at);
  return value;
}

/** The bytes after `prefix` when `bytes` is exactly prefix + `length` bytes. */
export function afterPrefix(bytes: Uint8Array, prefix: Uint8Array, length: number): Uint8Array | undefined {
  if (bytes.length !== prefix.length + length) return undefined;
  return prefix.every((byte, i) => bytes[i] === byte) ? bytes.subarray(prefix.length) : undefined;
}

/** A curve y^2 = x^3 - 3x + b over p, as P-256 and SM2 both are. */
export type ShortWeierstrass = { readonly p: bigint; readonly b: bigint };

/** The key check of such a curve: exactly `prefix`, x and y of 32 bytes each, both below p, and the point on the curve. */
export function shortWeierstrassCheck(prefix: Uint8Array, { p, b }: ShortWeierstrass): (spki: Uint8Array) => PointRefusal | undefined {
  return (spki) => {
    const point = afterPrefix(spki, prefix, 64);
    if (point === undefined) return 'key-spki-shape';
    const x = bigEndian(point.subarray(0, 32));
    const y = bigEndian(point.subarray(32));
    if (x >= p || y >= p) return 'key-point-not-canonical';
    return modulo(y * y - (x * x * x - 3n * x + b), p) === 0n ? undefined : 'key-point-off-curve';
  };
}
