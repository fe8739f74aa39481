import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { DiskRead } from '../../terminal-agent/src/hardware/disk';
import { openFileDisk } from '../../terminal-agent/src/hardware/file-disk';

/** What may happen to the bytes of one sealed copy (`CLS1`, generation, checksum, body). */
export interface Corruption {
  readonly name: string;
  spoil(copy: Uint8Array): Uint8Array;
}

const HEADER_BYTES = 44;

function flipped(copy: Uint8Array, at: number): Uint8Array {
  return copy.map((byte, index) => (index === at ? byte ^ 0x20 : byte));
}

/** Every class of byte of a copy, torn writes, worn-out flash and somebody else's bytes. */
export const CORRUPTIONS: readonly Corruption[] = [
  { name: 'a byte of the magic', spoil: (copy) => flipped(copy, 1) },
  { name: 'a byte of the generation', spoil: (copy) => flipped(copy, 10) },
  { name: 'a byte of the checksum', spoil: (copy) => flipped(copy, 20) },
  { name: 'the first byte of the body', spoil: (copy) => flipped(copy, HEADER_BYTES) },
  { name: 'a byte in the middle', spoil: (copy) => flipped(copy, HEADER_BYTES + Math.floor((copy.length - HEADER_BYTES) / 2)) },
  { name: 'the last byte', spoil: (copy) => flipped(copy, copy.length - 1) },
  { name: 'empty', spoil: () => new Uint8Array() },
  { name: 'torn in the header', spoil: (copy) => copy.slice(0, 30) },
  { name: 'torn after the header', spoil: (copy) => copy.slice(0, HEADER_BYTES) },
  { name: 'torn in the middle', spoil: (copy) => copy.slice(0, HEADER_BYTES + Math.floor((copy.length - HEADER_BYTES) / 2)) },
  { name: 'a byte too many', spoil: (copy) => Uint8Array.from([...copy, 0]) },
  { name: 'all zeros', spoil: (copy) => copy.map(() => 0) },
  { name: 'all ones', spoil: (copy) => copy.map(() => 0xff) },
];

/** Bodies that a checksum holds for and that are not what the file is. */
export const STRANGE_BODIES: readonly { readonly name: string; readonly text: string }[] = [
  { name: 'no JSON', text: '\u0000\u0001' }, { name: 'an empty object', text: '{}' }, { name: 'an empty list', text: '[]' }, { name: 'null', text: 'null' },
  { name: 'half a text', text: '{"floors":{' }, { name: 'a prototype', text: '{"__proto__":{"floors":{}}}' },
];

/** What the terminal's own disk makes of these bytes after both copies, or one of them, were spoiled in `folder`. */
export async function readSpoiled(folder: string, name: string, bytes: Uint8Array, corruption: Corruption, copies: 'both' | 'one'): Promise<DiskRead> {
  await (await openFileDisk(folder)).writeDurably(name, bytes);
  const files = readdirSync(folder).filter((file) => file.startsWith(`${name}.`)).sort();
  for (const file of copies === 'both' ? files : files.slice(0, 1)) {
    const at = path.join(folder, file);
    writeFileSync(at, corruption.spoil(new Uint8Array(readFileSync(at))));
  }
  return (await openFileDisk(folder)).read(name);
}
