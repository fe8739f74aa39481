import { inflateRawSync } from 'node:zlib';
import { crc32 } from './crc32';
import { TABLE_LIMITS } from './limits';

export type ZipRefusal = 'FILE_UNREADABLE' | 'FILE_UNPACKED';
export type ZipReading =
  | { readonly ok: true; readonly parts: readonly { readonly name: string; readonly text: string }[] }
  | { readonly ok: false; readonly code: ZipRefusal; readonly why: string };

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const LONGEST_COMMENT = 65_535;
const refuse = (why: string, code: ZipRefusal = 'FILE_UNREADABLE'): ZipReading => ({ ok: false, code, why });

/**
 * Unpacks a workbook's XML parts within limits before any library sees it, by the same directory that the library reads
 * (APPNOTE 4.3.12). Refuses what is larger than it says, what says it is too large, what differs from its checksum (the
 * library would hand on damaged text), zip64, encryption, and any method but store and deflate.
 */
export function readZip(bytes: Buffer): ZipReading {
  const end = endOf(bytes);
  if (end === undefined) return refuse('no zip directory');
  const count = bytes.readUInt16LE(end + 10);
  let at = bytes.readUInt32LE(end + 16);
  if (count === 0xffff || at === 0xffff_ffff || (end >= 20 && bytes.readUInt32LE(end - 20) === 0x07064b50)) return refuse('zip64');
  if (count !== bytes.readUInt16LE(end + 8)) return refuse('split over several files');
  if (count > TABLE_LIMITS.parts) return refuse(`${count} parts`, 'FILE_UNPACKED');
  const parts: { name: string; text: string }[] = [];
  let total = 0;
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== ENTRY) return refuse('damaged directory');
    const flags = bytes.readUInt16LE(at + 8);
    const method = bytes.readUInt16LE(at + 10);
    const checksum = bytes.readUInt32LE(at + 16);
    const packed = bytes.readUInt32LE(at + 20);
    const size = bytes.readUInt32LE(at + 24);
    const nameLength = bytes.readUInt16LE(at + 28);
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength);
    const local = bytes.readUInt32LE(at + 42);
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
    if ((flags & 1) === 1) return refuse('encrypted');
    total += size;
    if (total > TABLE_LIMITS.unpackedBytes) return refuse(`${total} bytes`, 'FILE_UNPACKED');
    if (parts.some((part) => part.name === name)) return refuse('a part is there twice');
    const content = unpack(bytes, local, method, packed, size);
    if (content === undefined) return refuse(`part ${name}`);
    if (crc32(content) !== checksum) return refuse(`part ${name} differs from its checksum`);
    parts.push({ name, text: name.endsWith('.xml') || name.endsWith('.rels') ? content.toString('utf8') : '' });
  }
  return { ok: true, parts };
}

function endOf(bytes: Buffer): number | undefined {
  for (let at = bytes.length - END_BYTES; at >= 0 && at >= bytes.length - END_BYTES - LONGEST_COMMENT; at -= 1) {
    if (bytes.readUInt32LE(at) === END) return at;
  }
  return undefined;
}

function unpack(bytes: Buffer, local: number, method: number, packed: number, size: number): Buffer | undefined {
  if (local + 30 > bytes.length || bytes.readUInt32LE(local) !== LOCAL) return undefined;
  const from = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
  if (from + packed > bytes.length) return undefined;
  const content = bytes.subarray(from, from + packed);
  if (method === 0) return packed === size ? content : undefined;
  if (method !== 8) return undefined;
  if (size === 0) return Buffer.alloc(0);
  try {
    const inflated = inflateRawSync(content, { maxOutputLength: size });
    return inflated.length === size ? inflated : undefined;
  } catch {
    return undefined;
  }
}
