import { modulo } from './field';

/*
 * Sums of points of SM2's curve (GB/T 32918.5: y^2 = x^3 - 3x + b over p), for verifying: public values only, it is not
 * constant-time. The library adds points too, but is quick only with half a thousand multiples of each key at hand, which
 * for the devices of a large district were a third of a server's memory. Held against it by tests.
 */

export const SM2_P = 2n ** 256n - 2n ** 224n - 2n ** 96n + 2n ** 64n - 1n;
export const SM2_B = 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n;
/** The order of the curve, a prime. */
export const SM2_N = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
const p = SM2_P;

export interface Affine { readonly x: bigint; readonly y: bigint }

/** The base point. */
export const SM2_G: Affine = { x: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n, y: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n };

/** x = X / Z^2, y = Y / Z^3 modulo p, the three not necessarily in 0 .. p - 1; undefined stands for the point at infinity. */
interface Jacobian { readonly X: bigint; readonly Y: bigint; readonly Z: bigint }

/** Twice a point (a = -3); no point has order two, since N is odd. */
function twice({ X, Y, Z }: Jacobian): Jacobian {
  const [delta, gamma] = [Z * Z % p, Y * Y % p];
  const beta = X * gamma % p;
  const alpha = 3n * (X - delta) * (X + delta) % p;
  const X3 = (alpha * alpha - 8n * beta) % p;
  return { X: X3, Y: (alpha * (4n * beta - X3) - 8n * gamma * gamma) % p, Z: 2n * Y * Z % p };
}

function plus(point: Jacobian | undefined, { x, y }: Affine): Jacobian | undefined {
  if (point === undefined) return { X: x, Y: y, Z: 1n };
  const { X, Y, Z } = point;
  const ZZ = Z * Z % p;
  const H = (x * ZZ - X) % p;
  const R = (y * (ZZ * Z % p) - Y) % p;
  if (H === 0n) return R === 0n ? twice(point) : undefined;
  const HH = H * H % p;
  const [HHH, V] = [H * HH % p, X * HH % p];
  const X3 = (R * R - HHH - 2n * V) % p;
  return { X: X3, Y: (R * (V - X3) - Y * HHH) % p, Z: Z * H % p };
}

/** 1 / value modulo p, for a value that p does not divide. */
function inverse(value: bigint): bigint {
  let [a, b, u, v] = [modulo(value, p), p, 1n, 0n];
  while (a !== 0n) {
    const q = b / a;
    [a, b, u, v] = [b - q * a, a, v - q * u, u];
  }
  return modulo(v, p);
}

/** All of them with one inversion (Montgomery's trick): forth multiplying, back taking one after the other out. */
function affine(points: readonly Jacobian[]): readonly Affine[] {
  let product = 1n;
  const before = points.map(({ Z }) => {
    const soFar = product;
    product = product * Z % p;
    return soFar;
  });
  let rest = inverse(product);
  return points.reduceRight<readonly Affine[]>((all, { X, Y, Z }, i) => {
    const one = rest * (before[i] ?? 1n) % p;
    rest = rest * Z % p;
    return [{ x: modulo(X * one * one, p), y: modulo(Y * one * one * one, p) }, ...all];
  }, []);
}

/**
 * Sums of multiples of one point, ready for Lim and Lee's comb: entry i is the sum of 2^(columns * tooth) times the point
 * over the bits `tooth` of i. With 5 teeth it takes 5 kB and the time of two verifications, with 8 teeth 37 kB and of six.
 */
export interface Comb { readonly columns: number; readonly entries: readonly (Affine | undefined)[] }

export function combOf(point: Affine, teeth: number): Comb {
  const columns = Math.ceil(256 / teeth);
  const powers: Jacobian[] = [];
  let power: Jacobian = { X: point.x, Y: point.y, Z: 1n };
  for (let doubled = 0; powers.length < teeth; doubled += 1) {
    if (doubled % columns === 0) powers.push(power);
    power = twice(power);
  }
  const sums: (Jacobian | undefined)[] = [undefined];
  for (const tooth of affine(powers)) sums.push(...sums.map((sum) => plus(sum, tooth)));
  // The point's order is N, and each sum is a multiple by less than N: none is at infinity.
  return { columns, entries: [undefined, ...affine(sums.filter((sum) => sum !== undefined))] };
}

/** For each column, from the highest, the entry its bits ask for. */
function entriesFor(scalar: bigint, { columns, entries }: Comb): readonly (Affine | undefined)[] {
  const bits = scalar.toString(2).padStart(256, '0');
  return Array.from({ length: columns }, (_, fromTop) => {
    let entry = 0;
    for (let at = 255 - (columns - 1 - fromTop), bit = 1; at >= 0; at -= columns, bit *= 2) if (bits[at] === '1') entry += bit;
    return entries[entry];
  });
}

/** The x of the sum of scalar times point, scalars in 0 .. N - 1; undefined when that is the point at infinity. */
export function xOfSum(terms: readonly { readonly scalar: bigint; readonly comb: Comb }[]): bigint | undefined {
  const asked = terms.map(({ scalar, comb }) => entriesFor(scalar, comb));
  let sum: Jacobian | undefined;
  // The combs differ in columns: those with fewer begin later, all end together.
  for (let column = Math.max(...asked.map(({ length }) => length)); column > 0; column -= 1) {
    if (sum !== undefined) sum = twice(sum);
    for (const entries of asked) {
      const entry = entries[entries.length - column];
      if (entry !== undefined) sum = plus(sum, entry);
    }
  }
  return sum === undefined ? undefined : affine([sum])[0]?.x;
}
