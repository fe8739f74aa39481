import { sha256 } from '#libs/suites';

/**
 * How one copy of a state file looks on the disk: `CLS1`, generation (u64, big-endian), SHA-256 over generation and
 * bytes, then the bytes. A copy whose checksum does not hold is no copy.
 */
const MAGIC = new TextEncoder().encode('CLS1');
const HEADER_BYTES = MAGIC.length + 8 + 32;

export type SealedCopy = { readonly generation: number; readonly bytes: Uint8Array };

export function sealCopy(generation: number, bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(HEADER_BYTES + bytes.length);
  copy.set(MAGIC);
  new DataView(copy.buffer).setBigUint64(MAGIC.length, BigInt(generation));
  copy.set(sha256(copy.subarray(MAGIC.length, MAGIC.length + 8), bytes), MAGIC.length + 8);
  copy.set(bytes, HEADER_BYTES);
  return copy;
}

/** The copy, or undefined when a byte of it is wrong or missing. */
export function openCopy(copy: Uint8Array): SealedCopy | undefined {
  if (copy.length < HEADER_BYTES || MAGIC.some((byte, at) => copy[at] !== byte)) return undefined;
  const stamp = copy.subarray(MAGIC.length, MAGIC.length + 8);
  const bytes = copy.slice(HEADER_BYTES);
  const sum = sha256(stamp, bytes);
  if (sum.some((byte, at) => copy[MAGIC.length + 8 + at] !== byte)) return undefined;
  const generation = Number(new DataView(copy.buffer, copy.byteOffset, copy.byteLength).getBigUint64(MAGIC.length));
  return Number.isSafeInteger(generation) ? { generation, bytes } : undefined;
}
