import type { PointRefusal } from './suite';

/** Arithmetic on public values only (key checks at registration); it is not constant-time. */

export function modulo(value: bigint, prime: bigint): bigint {
  const rest = value % prime;
  return rest < 0n ? rest + prime : rest;
}

/**
 * Whether `value` has a square root modulo an odd prime; zero does. By the Jacobi symbol and its reciprocity (Cohen,
 * Algorithm 1.4.10), which takes a tenth of the time of Euler's criterion: it is most of what a new key costs.
 */
export function isSquare(value: bigint, prime: bigint): boolean {
  let [above, below] = [modulo(value, prime), prime];
  let sign = 1;
  while (above !== 0n) {
    // (2/n) is -1 for n = 3 and 5 modulo 8; of 32 twos it is 1.
    let low = Number(above & 0xffffffffn);
    for (; low === 0; low = Number(above & 0xffffffffn)) above >>= 32n;
    const twos = 31 - Math.clz32(low & -low);
    above >>= BigInt(twos);
    const eighths = Number(below & 7n);
    if (twos % 2 === 1 && (eighths === 3 || eighths === 5)) sign = -sign;
    if (Number(above & 3n) === 3 && eighths % 4 === 3) sign = -sign;
    [above, below] = [below % above, above];
  }
  return below !== 1n || sign > 0;
}

export function bigEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x0${Buffer.from(bytes).toString('hex')}`);
}

export function littleEndian(bytes: Uint8Array): bigint {
  return bigEndian(bytes.slice().reverse());
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
