import { toHex, fromHex } from './bytes';

/*
 * A block of living voice (design 5 "Live"), numbers big-endian:
 * `CLR1` | flags u8 | count u8 | stream 16 | seq u32 | capturedAt u64 us | previous hash 16 | count x (length u16, Opus
 * packet) | Ed25519 64, over everything before it. The magic keeps these bytes apart from any other kind that is signed.
 */

const MAGIC = [0x43, 0x4c, 0x52, 0x31];
const FLAG_END = 1;
const SIGNATURE_BYTES = 64;
const AT = { flags: 4, count: 5, stream: 6, seq: 22, capturedAt: 26, previous: 34, packets: 50 } as const;
const MOST_PACKETS = 10;
/** An Opus packet of one frame is never longer (RFC 6716 3.2.1). */
const MOST_PACKET_BYTES = 1_275;
/** Unix microseconds that a number holds exactly. */
const MOST_MICROSECONDS = Number.MAX_SAFE_INTEGER;

/** One Opus packet of a block, ms. */
export const PACKET_MS = 20;

/** What a block says. Times are Unix microseconds of the district's time. */
export interface LiveBlock {
  /** The last of its stream. */
  readonly end: boolean;
  /** 32 lower-case hex digits. */
  readonly stream: string;
  /** From 1 on, each one more than the one before it. */
  readonly seq: number;
  /** When the first sample was captured. */
  readonly capturedAt: number;
  /** The first 16 bytes of SHA-256 over the whole block before it, as 32 hex digits; zeros in the first one. */
  readonly previous: string;
  /** Opus packets of 20 ms, in order; none only in an end. */
  readonly packets: readonly Uint8Array[];
}

export interface ParsedLiveBlock {
  readonly block: LiveBlock;
  /** The bytes that the signature covers: a view, not a copy. */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

/** `previous` of a stream's first block. */
export const NO_BLOCK_BEFORE = '0'.repeat(32);

/** The bytes to sign; the signature is put behind them by `sealLiveBlock`. Throws RangeError for what no reader would take. */
export function encodeLiveBlock({ end, stream, seq, capturedAt, previous, packets }: LiveBlock): Uint8Array {
  const [streamBytes, previousBytes] = [fromHex(stream), fromHex(previous)];
  const isWhole = streamBytes?.length === 16 && previousBytes?.length === 16 && isUnsigned(seq, 0xffff_ffff) && seq > 0
    && isUnsigned(capturedAt, MOST_MICROSECONDS) && isCount(packets.length, end) && packets.every(({ length }) => length > 0 && length <= MOST_PACKET_BYTES);
  if (!isWhole) throw new RangeError('no such block');
  const bytes = new Uint8Array(AT.packets + packets.reduce((sum, { length }) => sum + 2 + length, 0));
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint8(AT.flags, end ? FLAG_END : 0);
  view.setUint8(AT.count, packets.length);
  bytes.set(streamBytes, AT.stream);
  view.setUint32(AT.seq, seq);
  view.setBigUint64(AT.capturedAt, BigInt(capturedAt));
  bytes.set(previousBytes, AT.previous);
  let at: number = AT.packets;
  for (const packet of packets) {
    view.setUint16(at, packet.length);
    bytes.set(packet, at + 2);
    at += 2 + packet.length;
  }
  return bytes;
}

/** The block as it travels. */
export function sealLiveBlock(signed: Uint8Array, signature: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(signed.length + signature.length);
  bytes.set(signed);
  bytes.set(signature, signed.length);
  return bytes;
}

/**
 * Reads exactly what `encodeLiveBlock` writes, with a signature behind it: one encoding for each block. Undefined for any
 * other bytes. Says nothing about the signature; its parts are views of `bytes`.
 */
export function parseLiveBlock(bytes: Uint8Array): ParsedLiveBlock | undefined {
  const end = bytes.length - SIGNATURE_BYTES;
  if (end < AT.packets || MAGIC.some((byte, i) => bytes[i] !== byte)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint8(AT.flags);
  const count = view.getUint8(AT.count);
  const seq = view.getUint32(AT.seq);
  const capturedAt = view.getUint32(AT.capturedAt) * 2 ** 32 + view.getUint32(AT.capturedAt + 4);
  if ((flags & ~FLAG_END) !== 0 || !isCount(count, flags === FLAG_END) || seq === 0 || capturedAt > MOST_MICROSECONDS) return undefined;
  const packets: Uint8Array[] = [];
  let at: number = AT.packets;
  for (let i = 0; i < count; i += 1) {
    if (at + 2 > end) return undefined;
    const length = view.getUint16(at);
    if (length === 0 || length > MOST_PACKET_BYTES || at + 2 + length > end) return undefined;
    packets.push(bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  if (at !== end) return undefined;
  return {
    block: {
      end: flags === FLAG_END, seq, capturedAt, packets,
      stream: toHex(bytes.subarray(AT.stream, AT.seq)), previous: toHex(bytes.subarray(AT.previous, AT.packets)),
    },
    signed: bytes.subarray(0, end),
    signature: bytes.subarray(end),
  };
}

function isCount(count: number, end: boolean): boolean {
  return count <= MOST_PACKETS && (count > 0 || end);
}

function isUnsigned(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= most;
}
