import { modulo } from './field';

/** Numbers as limbs of 30 bits, the lowest first: sums and shifts stay small integers. Nine hold a prime of 256 bits. */
const LIMBS = 9;
const LIMB_BITS = 30;
const LIMB_MASK = 2 ** LIMB_BITS - 1;

/**
 * Whether `value` has a square root modulo an odd prime of at most 256 bits; zero does. By the binary algorithm for the Jacobi
 * symbol (Cohen, Algorithm 1.4.12), on small integers: most of what a new Ed25519 key costs. Public values only; it is not constant-time.
 */
export function isSquare(value: bigint, prime: bigint): boolean {
  let [above, below] = [limbsOf(modulo(value, prime)), limbsOf(prime)];
  let used = LIMBS;
  let sign = 1;
  for (;;) {
    const [low, odd] = [lowest(above), lowest(below)];
    if (low % 2 === 0) {
      if (low === 0 && above.every((limb) => limb === 0)) break;
      const twos = low === 0 ? LIMB_BITS : 31 - Math.clz32(low & -low);
      // (2/n) is -1 for n = 3 and 5 modulo 8.
      if (twos % 2 === 1 && (odd % 8 === 3 || odd % 8 === 5)) sign = -sign;
      shiftRight(above, twos, used);
    } else {
      if (isLess(above, below, used)) {
        // Reciprocity: (m/n) = -(n/m) where both are 3 modulo 4.
        if (low % 4 === 3 && odd % 4 === 3) sign = -sign;
        [above, below] = [below, above];
      }
      subtract(above, below, used);
      while (used > 1 && above[used - 1] === 0 && below[used - 1] === 0) used -= 1;
    }
  }
  const coprime = below.every((limb, at) => limb === (at === 0 ? 1 : 0));
  return !coprime || sign > 0;
}

function limbsOf(value: bigint): Int32Array {
  const limbs = new Int32Array(LIMBS);
  for (let at = 0, rest = value; at < LIMBS; at += 1, rest >>= BigInt(LIMB_BITS)) limbs[at] = Number(BigInt.asUintN(LIMB_BITS, rest));
  return limbs;
}

function lowest(limbs: Int32Array): number {
  return limbs[0] ?? 0;
}

function isLess(one: Int32Array, other: Int32Array, used: number): boolean {
  for (let at = used - 1; at >= 0; at -= 1) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** `from` less `what`, which is no greater. */
function subtract(from: Int32Array, what: Int32Array, used: number): void {
  let borrow = 0;
  for (let at = 0; at < used; at += 1) {
    const difference = (from[at] ?? 0) - (what[at] ?? 0) + borrow;
    from[at] = difference & LIMB_MASK;
    borrow = difference >> LIMB_BITS;
  }
}

function shiftRight(limbs: Int32Array, bits: number, used: number): void {
  for (let at = 0; at < used; at += 1) {
    const next = at + 1 < used ? limbs[at + 1] ?? 0 : 0;
    limbs[at] = ((limbs[at] ?? 0) >> bits) | ((next << (LIMB_BITS - bits)) & LIMB_MASK);
  }
}
