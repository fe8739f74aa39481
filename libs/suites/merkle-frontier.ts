import { fromHex, toHex } from '#libs/envelope';
import { sha256 } from './hash';
import { HASH_BYTES, nodeHash, requireHash } from './merkle';

/** `peaks` are the roots, in hex, of the whole subtrees of a log of `size` leaves, largest first. */
export type FrontierState = { readonly size: number; readonly peaks: readonly string[] };

/**
 * What a log must keep to go on growing: the roots of its whole subtrees, one per binary one in its size.
 * Appending costs about two hashes however long the log is; the root equals `treeRoot` of all leaves.
 */
export class MerkleFrontier {
  private constructor(private count: number, private readonly peaks: Uint8Array[]) {}

  /** The frontier of a log without leaves. */
  static empty(): MerkleFrontier {
    return new MerkleFrontier(0, []);
  }

  /** A frontier from `serialise()`; undefined when the number or form of the peaks does not fit the size. */
  static restore(state: unknown): MerkleFrontier | undefined {
    if (typeof state !== 'object' || state === null || !('size' in state) || !('peaks' in state)) return undefined;
    const { size, peaks } = state;
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0 || !Array.isArray(peaks)) return undefined;
    if (peaks.length !== onesOf(size)) return undefined;
    const hashes: Uint8Array[] = [];
    for (const peak of peaks) {
      const hash = typeof peak === 'string' ? fromHex(peak) : undefined;
      if (hash?.length !== HASH_BYTES) return undefined;
      hashes.push(hash);
    }
    return new MerkleFrontier(size, hashes);
  }

  get size(): number {
    return this.count;
  }

  /** Adds the hash of the next leaf (`leafHash` of its entry). */
  append(leaf: Uint8Array): void {
    requireHash(leaf);
    let hash = Uint8Array.from(leaf);
    // Each trailing one of the size is a whole subtree as large as what `hash` covers by then.
    for (let left = this.count; left % 2 === 1; left = Math.floor(left / 2)) {
      hash = Uint8Array.from(nodeHash(this.peaks.pop() ?? hash, hash));
    }
    this.peaks.push(hash);
    this.count++;
  }

  /** Root over all leaves appended so far (RFC 6962 2.1). */
  root(): Uint8Array {
    let root: Uint8Array | undefined;
    for (const peak of this.peaks.toReversed()) root = root === undefined ? peak : nodeHash(peak, root);
    return root === undefined ? sha256() : Uint8Array.from(root);
  }

  /** Plain JSON to keep in a row or file. */
  serialise(): FrontierState {
    return { size: this.count, peaks: this.peaks.map(toHex) };
  }
}

function onesOf(value: number): number {
  let ones = 0;
  for (let left = value; left > 0; left = Math.floor(left / 2)) ones += left % 2;
  return ones;
}
