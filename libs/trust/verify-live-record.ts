import { LIMITS, type RefusalCode } from '#libs/contracts';
import { fromHex, PACKET_MS, parseLiveBlock, readLiveBlocks } from '#libs/envelope';
import { sha256, sha256Hex } from '#libs/suites';
import { judgeBlock, type BlockBefore, type LiveGrant } from './judge-block';

/** Where a recorded voice is not whole. */
export interface LiveGap {
  /** The last block before it; 0 where the first blocks are missing. */
  readonly afterSeq: number;
  /** Blocks that were signed, by their numbers, and are not in the record; 0 where the source itself was silent. */
  readonly lostBlocks: number;
  /** Packets of 20 ms that fit into it. */
  readonly packets: number;
}

/** What a record proves. */
export interface LiveRecord {
  readonly stream: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** When the first sample was captured, and the one after the last, district Unix ms. */
  readonly capturedFrom: number;
  readonly capturedUntil: number;
  /** SHA-256 of each block, in order. */
  readonly digests: readonly string[];
  /** SHA-256 over the SHA-256 of each block in order, as in the receipt of a terminal that took them all. */
  readonly blocksDigest: string;
  /** The same of each packet: `playedDigest` of a terminal that sounded them all. */
  readonly packetsDigest: string;
  readonly gaps: readonly LiveGap[];
  /** What was said, in order; null for each packet that fits into a gap. */
  readonly packets: readonly (Uint8Array | null)[];
  /** Whether its source ended it; otherwise it broke off. */
  readonly ended: boolean;
  /** Bytes of a block that was not written to its end, left out. */
  readonly cutBytes: number;
}

export interface LiveRecordRefused {
  readonly ok: false;
  readonly code: RefusalCode;
  /** Which block is at fault, from 0; null where the file cannot be taken apart or holds no block. */
  readonly block: number | null;
}

/**
 * Checks the recording of a living voice (libs/envelope `live-record`) against its grant alone: every block by the rule by
 * which terminals take it, its arrival apart, for when it came is not in it. One block that is not genuine refuses all of it;
 * so does one behind the end. A tail cut by a crash does not.
 */
export function verifyLiveRecord(grant: LiveGrant, file: Uint8Array): { readonly ok: true; readonly value: LiveRecord } | LiveRecordRefused {
  const framed = readLiveBlocks(file, LIMITS.liveBlockBytes);
  if (framed === undefined || framed.blocks.length === 0) return { ok: false, code: 'REJ_SHAPE', block: null };
  const digests: string[] = [];
  const gaps: LiveGap[] = [];
  const packets: (Uint8Array | null)[] = [];
  let before: BlockBefore | null = null;
  let first: { readonly seq: number; readonly at: number } | undefined;
  let ended = false;
  for (const [n, bytes] of framed.blocks.entries()) {
    if (ended) return { ok: false, code: 'REJ_STREAM', block: n };
    const at: number = (parseLiveBlock(bytes)?.block.capturedAt ?? 0) / 1_000;
    const judged = judgeBlock(grant, before, bytes, at);
    if (!judged.ok) return { ok: false, code: judged.code, block: n };
    const { block, digest } = judged.value;
    const gap = gapBefore(before, block.seq, at);
    if (gap !== undefined) {
      gaps.push(gap);
      for (let missing = 0; missing < gap.packets; missing += 1) packets.push(null);
    }
    packets.push(...block.packets);
    digests.push(digest);
    first ??= { seq: block.seq, at };
    ({ before } = judged.value);
    ended = block.end;
  }
  if (first === undefined || before === null) return { ok: false, code: 'REJ_SHAPE', block: null };
  return {
    ok: true,
    value: {
      stream: grant.stream, firstSeq: first.seq, lastSeq: before.seq, capturedFrom: first.at, capturedUntil: before.endsAt,
      digests, blocksDigest: sha256Hex(...digests.map((digest) => fromHex(digest) ?? new Uint8Array())),
      packetsDigest: sha256Hex(...packets.flatMap((packet) => (packet === null ? [] : [sha256(packet)]))),
      gaps, packets, ended, cutBytes: framed.rest.length,
    },
  };
}

/** Between neighbours less than half a packet is the play of two clocks, not a gap. How long a voice ran before the first block of a record is not known. */
function gapBefore(before: BlockBefore | null, seq: number, at: number): LiveGap | undefined {
  const afterSeq = before?.seq ?? 0;
  const lostBlocks = seq - afterSeq - 1;
  const packets = before === null ? 0 : Math.max(0, Math.round((at - before.endsAt) / PACKET_MS));
  return lostBlocks > 0 || packets > 0 ? { afterSeq, lostBlocks, packets } : undefined;
}
