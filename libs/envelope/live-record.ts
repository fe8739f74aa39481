/*
 * Blocks of living voice one behind the other, each behind its length (u32, big-endian): in the file that records a stream,
 * and on the way from the platform to its gateway.
 */

const LENGTH_BYTES = 4;

export interface FramedBlocks {
  /** Views of the bytes read, in order, as they stand: nothing is said of what they hold. */
  readonly blocks: readonly Uint8Array[];
  /** What stands behind the last whole one: the beginning of one that is still to come, or that a crash has cut. */
  readonly rest: Uint8Array;
}

/** A block as it stands behind others. */
export function frameLiveBlock(block: Uint8Array): Uint8Array {
  const framed = new Uint8Array(LENGTH_BYTES + block.length);
  new DataView(framed.buffer).setUint32(0, block.length);
  framed.set(block, LENGTH_BYTES);
  return framed;
}

/** The whole blocks in `bytes`. Undefined where a length is 0 or over `mostBytes`: nothing behind it can be read. */
export function readLiveBlocks(bytes: Uint8Array, mostBytes: number): FramedBlocks | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks: Uint8Array[] = [];
  let at = 0;
  while (at + LENGTH_BYTES <= bytes.length) {
    const length = view.getUint32(at);
    if (length === 0 || length > mostBytes) return undefined;
    const end = at + LENGTH_BYTES + length;
    if (end > bytes.length) break;
    blocks.push(bytes.subarray(at + LENGTH_BYTES, end));
    at = end;
  }
  return { blocks, rest: bytes.subarray(at) };
}
