/** Ogg pages (RFC 3533 6): read with the CRC checked, written with it set. Knows nothing about what the packets hold. */

export type OggPage = {
  readonly serial: number;
  readonly sequence: number;
  readonly granule: bigint;
  readonly continued: boolean;
  readonly first: boolean;
  readonly last: boolean;
  /** Packet pieces in order; every one but perhaps the last is complete. */
  readonly pieces: readonly Uint8Array[];
  /** Whether the last piece ends inside this page. */
  readonly endsComplete: boolean;
};

export type OggReadFault = 'not-ogg' | 'cut' | 'crc' | 'version';

const HEADER_BYTES = 27;

/** Reads one page at `at`; returns where the next begins, or what is wrong. */
export function readOggPage(bytes: Uint8Array, at: number): { readonly page: OggPage; readonly next: number } | { readonly fault: OggReadFault } {
  if (bytes.length - at < HEADER_BYTES) return { fault: 'cut' };
  if (!startsWithOggS(bytes, at)) return { fault: 'not-ogg' };
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, bytes.length - at);
  if (view.getUint8(4) !== 0) return { fault: 'version' };
  const segments = view.getUint8(26);
  const bodyAt = HEADER_BYTES + segments;
  if (view.byteLength < bodyAt) return { fault: 'cut' };
  const lacing = bytes.subarray(at + HEADER_BYTES, at + bodyAt);
  const bodyBytes = lacing.reduce((sum, length) => sum + length, 0);
  const pageBytes = bodyAt + bodyBytes;
  if (view.byteLength < pageBytes) return { fault: 'cut' };
  if (oggCrc(bytes.subarray(at, at + pageBytes)) !== view.getUint32(22, true)) return { fault: 'crc' };
  const flags = view.getUint8(5);
  const { pieces, endsComplete } = splitPieces(bytes.subarray(at + bodyAt, at + pageBytes), lacing);
  const page: OggPage = {
    serial: view.getUint32(14, true),
    sequence: view.getUint32(18, true),
    granule: view.getBigInt64(6, true),
    continued: (flags & 1) !== 0,
    first: (flags & 2) !== 0,
    last: (flags & 4) !== 0,
    pieces,
    endsComplete,
  };
  return { page, next: at + pageBytes };
}

/** Writes one page of whole packets. The caller keeps the sum of lacing values at or below 255. */
export function writeOggPage(page: {
  readonly serial: number;
  readonly sequence: number;
  readonly granule: bigint;
  readonly first?: boolean;
  readonly last?: boolean;
  readonly packets: readonly Uint8Array[];
}): Uint8Array {
  const lacing = page.packets.flatMap((packet) => [...new Array<number>(Math.floor(packet.length / 255)).fill(255), packet.length % 255]);
  if (lacing.length > 255) throw new RangeError('an Ogg page holds at most 255 segments');
  const bodyAt = HEADER_BYTES + lacing.length;
  const bytes = new Uint8Array(bodyAt + page.packets.reduce((sum, packet) => sum + packet.length, 0));
  const view = new DataView(bytes.buffer);
  bytes.set([0x4f, 0x67, 0x67, 0x53]);
  view.setUint8(5, (page.first === true ? 2 : 0) | (page.last === true ? 4 : 0));
  view.setBigInt64(6, page.granule, true);
  view.setUint32(14, page.serial, true);
  view.setUint32(18, page.sequence, true);
  view.setUint8(26, lacing.length);
  bytes.set(lacing, HEADER_BYTES);
  let at = bodyAt;
  for (const packet of page.packets) {
    bytes.set(packet, at);
    at += packet.length;
  }
  view.setUint32(22, oggCrc(bytes), true);
  return bytes;
}

export function startsWithOggS(bytes: Uint8Array, at = 0): boolean {
  return bytes[at] === 0x4f && bytes[at + 1] === 0x67 && bytes[at + 2] === 0x67 && bytes[at + 3] === 0x53;
}

function splitPieces(body: Uint8Array, lacing: Uint8Array): { readonly pieces: readonly Uint8Array[]; readonly endsComplete: boolean } {
  const pieces: Uint8Array[] = [];
  let start = 0;
  let end = 0;
  for (const length of lacing) {
    end += length;
    if (length < 255) {
      pieces.push(body.subarray(start, end));
      start = end;
    }
  }
  const open = lacing.length > 0 && lacing[lacing.length - 1] === 255;
  if (open) pieces.push(body.subarray(start, end));
  return { pieces, endsComplete: !open };
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index << 24;
  for (let bit = 0; bit < 8; bit += 1) value = (value & 0x80000000) !== 0 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value >>> 0;
});

/** CRC-32 of Ogg (polynomial 04c11db7, not reflected, start 0); of a page, with its own CRC field taken as 0. */
function oggCrc(page: Uint8Array): number {
  let crc = 0;
  for (let index = 0; index < page.length; index += 1) {
    const byte = index >= 22 && index < 26 ? 0 : (page[index] ?? 0);
    crc = (((crc << 8) >>> 0) ^ (CRC_TABLE[(crc >>> 24) ^ byte] ?? 0)) >>> 0;
  }
  return crc;
}

/** The same CRC over any bytes, chained: used to derive a stream's serial from its content. */
export function crcOf(parts: readonly Uint8Array[]): number {
  let crc = 0;
  for (const part of parts) {
    for (const byte of part) crc = (((crc << 8) >>> 0) ^ (CRC_TABLE[(crc >>> 24) ^ byte] ?? 0)) >>> 0;
  }
  return crc;
}
