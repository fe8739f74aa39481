/** Arithmetic on public values only (key checks at registration); it is not constant-time. */

export function modulo(value: bigint, prime: bigint): bigint {
  const rest = value % prime;
  return rest < 0n ? rest + prime : rest;
}

export function power(base: bigint, exponent: bigint, prime: bigint): bigint {
  let result = 1n;
  let square = modulo(base, prime);
  for (let left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * square) % prime;
    square = (square * square) % prime;
  }
  return result;
}

/** Euler's criterion; zero counts as a square. */
export function isSquare(value: bigint, prime: bigint): boolean {
  return power(value, (prime - 1n) / 2n, prime) <= 1n;
}

export function bigEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

export function littleEndian(bytes: Uint8Array): bigint {
  return bigEndian(bytes.slice().reverse());
}

/** The bytes after `prefix` when `bytes` is exactly prefix + `length` bytes. */
export function afterPrefix(bytes: Uint8Array, prefix: Uint8Array, length: number): Uint8Array | undefined {
  if (bytes.length !== prefix.length + length) return undefined;
  return prefix.every((byte, i) => bytes[i] === byte) ? bytes.subarray(prefix.length) : undefined;
}
