import { encodeLiveBlock, NO_BLOCK_BEFORE, sealLiveBlock } from '#libs/envelope';

/** A block that is one by its shape, with a signature that is none: for those who carry and do not judge. */
export function unsignedBlock(stream: string, seq: number): Buffer {
  const packets = Array.from({ length: 5 }, (_, n) => new Uint8Array(60).fill(seq + n));
  return Buffer.from(sealLiveBlock(encodeLiveBlock({ end: false, stream, seq, capturedAt: 1_793_000_000_000_000 + seq * 100_000, previous: NO_BLOCK_BEFORE, packets }), new Uint8Array(64)));
}
