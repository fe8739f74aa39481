import { isSquare } from '../../../../libs/suites/is-square';

/** Euler's criterion, for a small prime by trying everybody. */
const squaresOf = (prime: number): ReadonlySet<number> => new Set(Array.from({ length: prime }, (_, root) => (root * root) % prime));

describe('isSquare', () => {
  it.each([3, 5, 7, 11, 13, 17, 23, 31, 41, 61, 97, 193, 257, 1_021])('knows the squares modulo %i, every one', (prime) => {
    const squares = squaresOf(prime);
    for (let value = -prime; value < 2 * prime; value++) {
      expect([value, isSquare(BigInt(value), BigInt(prime))]).toEqual([value, squares.has(((value % prime) + prime) % prime)]);
    }
  });

  it('agrees with Euler\'s criterion modulo 2^255 - 19', () => {
    const prime = 2n ** 255n - 19n;
    const euler = (base: bigint): boolean => {
      let [result, square] = [1n, base % prime];
      for (let left = (prime - 1n) / 2n; left > 0n; left >>= 1n) {
        if ((left & 1n) === 1n) result = (result * square) % prime;
        square = (square * square) % prime;
      }
      return result <= 1n;
    };
    let value = 3n;
    for (let time = 0; time < 200; time++) {
      value = (value * value + 2n ** 64n * BigInt(time)) % prime;
      expect(isSquare(value, prime)).toBe(euler(value));
    }
    for (const edge of [0n, 1n, prime - 1n, prime, 2n ** 64n, 2n ** 128n * 3n, 2n ** 30n, 5n * 2n ** 90n, prime - 2n ** 30n, prime - 2n ** 61n]) expect(isSquare(edge, prime)).toBe(euler(edge % prime));
  });
});
