import { sha256 } from './hash';
import { SuiteError } from './suite-error';

/**
 * Merkle tree of an append-only log (RFC 6962 2.1) and the checks of its two proofs (RFC 9162 2.1.3.2, 2.1.4.2).
 * Every hash is 32 bytes. Makers throw on a range their caller got wrong; verifiers return false for anything that is off.
 */
export const HASH_BYTES = 32;
const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** Leaf number `index` (from 0) is in the tree of `size` leaves with this root. */
export type InclusionClaim = {
  readonly leaf: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
};

/** The tree of `oldSize` leaves is the beginning of the tree of `newSize`. */
export type ConsistencyClaim = {
  readonly oldSize: number;
  readonly newSize: number;
  readonly oldRoot: Uint8Array;
  readonly newRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
};

/** SHA-256(0x00 || entry). The prefix keeps a leaf from passing as a node. */
export function leafHash(entry: Uint8Array): Uint8Array {
  return sha256(LEAF, entry);
}

/** SHA-256(0x01 || left || right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(NODE, left, right);
}

/** Root over leaf hashes in order; of an empty log SHA-256 of nothing (RFC 6962 2.1). */
export function treeRoot(leaves: readonly Uint8Array[]): Uint8Array {
  for (const leaf of leaves) requireHash(leaf);
  return rootOf(leaves, 0, leaves.length);
}

/** Siblings from leaf `index` up to the root over all `leaves` (RFC 6962 2.1.1). */
export function inclusionProof(leaves: readonly Uint8Array[], index: number): readonly Uint8Array[] {
  if (!isCount(index) || index >= leaves.length) throw range(`no leaf ${index} among ${leaves.length}`);
  const proof: Uint8Array[] = [];
  let from = 0;
  let to = leaves.length;
  while (to - from > 1) {
    const middle = from + splitOf(to - from);
    if (index < middle) {
      proof.push(rootOf(leaves, middle, to));
      to = middle;
    } else {
      proof.push(rootOf(leaves, from, middle));
      from = middle;
    }
  }
  return proof.reverse();
}

/** Nodes that show the first `oldSize` leaves to be the beginning of `leaves` (RFC 6962 2.1.2). Old size 1 .. length. */
export function consistencyProof(leaves: readonly Uint8Array[], oldSize: number): readonly Uint8Array[] {
  if (!isCount(oldSize) || oldSize < 1 || oldSize > leaves.length) throw range(`no ${oldSize} leaves among ${leaves.length}`);
  const proof: Uint8Array[] = [];
  let from = 0;
  let to = leaves.length;
  while (oldSize < to) {
    const middle = from + splitOf(to - from);
    if (oldSize <= middle) {
      proof.push(rootOf(leaves, middle, to));
      to = middle;
    } else {
      proof.push(rootOf(leaves, from, middle));
      from = middle;
    }
  }
  // The verifier holds the old root itself, so the old tree is named only where it is not a whole subtree from leaf 0.
  if (from > 0) proof.push(rootOf(leaves, from, to));
  return proof.reverse();
}

/** RFC 9162 2.1.3.2. */
export function verifyInclusion({ leaf, index, size, proof, root }: InclusionClaim): boolean {
  if (!isCount(index) || !isCount(size) || index >= size) return false;
  if (![leaf, root, ...proof].every(isHash)) return false;
  let at = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (isOdd(at) || at === last) {
      hash = nodeHash(sibling, hash);
      while (!isOdd(at) && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && same(hash, root);
}

/** RFC 9162 2.1.4.2. A claim about an empty old tree says nothing and is refused. */
export function verifyConsistency({ oldSize, newSize, oldRoot, newRoot, proof }: ConsistencyClaim): boolean {
  if (!isCount(oldSize) || !isCount(newSize) || oldSize < 1 || oldSize > newSize) return false;
  if (![oldRoot, newRoot, ...proof].every(isHash)) return false;
  if (oldSize === newSize) return proof.length === 0 && same(oldRoot, newRoot);

  let at = oldSize - 1;
  let last = newSize - 1;
  while (isOdd(at)) [at, last] = [half(at), half(last)];
  // An old tree of a power of two leaves is a subtree of the new one: its root starts the path.
  const path = at === 0 ? [oldRoot, ...proof] : proof;
  const [start, ...rest] = path;
  if (start === undefined) return false;
  let oldHash = start;
  let newHash = start;
  for (const sibling of rest) {
    if (last === 0) return false;
    if (isOdd(at) || at === last) {
      oldHash = nodeHash(sibling, oldHash);
      newHash = nodeHash(sibling, newHash);
      while (!isOdd(at) && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      newHash = nodeHash(newHash, sibling);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && same(oldHash, oldRoot) && same(newHash, newRoot);
}

/** Root of leaves `from` .. `to`, the end not included. */
function rootOf(leaves: readonly Uint8Array[], from: number, to: number): Uint8Array {
  if (to === from) return sha256();
  const only = leaves[from];
  if (to - from === 1 && only !== undefined) return only;
  const middle = from + splitOf(to - from);
  return nodeHash(rootOf(leaves, from, middle), rootOf(leaves, middle, to));
}

/** The largest power of two below `count` (RFC 6962's k), for `count` >= 2. */
function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}

// Sizes pass 2^31 in principle, so no bit operators.
function half(value: number): number {
  return Math.floor(value / 2);
}

function isOdd(value: number): boolean {
  return value % 2 === 1;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isHash(value: Uint8Array): boolean {
  return value.length === HASH_BYTES;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Throws unless `hash` is 32 bytes. */
export function requireHash(hash: Uint8Array): void {
  if (!isHash(hash)) throw new SuiteError('merkle-hash-size', `a hash has ${HASH_BYTES} bytes, not ${hash.length}`);
}

function range(sentence: string): SuiteError {
  return new SuiteError('merkle-range', sentence);
}
