import { startsWithOggS } from '../ogg-pages';

/** What we have no reader of our own for: ffmpeg decodes it, forced to this one format. */
export const FOREIGN_FORMATS = ['mp3', 'aac', 'm4a', 'flac', 'ogg-vorbis'] as const;
export type ForeignFormat = (typeof FOREIGN_FORMATS)[number];

/** Of a page with one packet: what stands before the packet (RFC 3533 section 6). */
const FIRST_OGG_PACKET = 28;

/**
 * Tells by the first bytes, never by a name, which of these formats a file has; undefined for everything else, also for
 * playlists, session descriptions and texts, which ffmpeg would follow to other files.
 */
export function foreignFormatOf(bytes: Uint8Array): ForeignFormat | undefined {
  if (startsWithOggS(bytes)) return textAt(bytes, FIRST_OGG_PACKET, 7) === '\u0001vorbis' ? 'ogg-vorbis' : undefined;
  if (textAt(bytes, 4, 4) === 'ftyp') return 'm4a';
  const start = afterId3(bytes);
  if (textAt(bytes, start, 4) === 'fLaC') return 'flac';
  const [sync = 0, kind = 0, rates = 0] = bytes.subarray(start, start + 3);
  if (sync !== 0xff) return undefined;
  // ADTS has layer 0 (ISO/IEC 13818-7, 6.2), MP3 layer III with a bit rate and a sample rate of the tables (ISO/IEC 11172-3, 2.4.2.3).
  if ((kind & 0xf6) === 0xf0) return 'aac';
  return (kind & 0xe6) === 0xe2 && (rates & 0xf0) !== 0xf0 && (rates & 0xf0) !== 0 && (rates & 0x0c) !== 0x0c ? 'mp3' : undefined;
}

/** Where the sound begins behind a tag with title and picture: its length stands in four times seven bits. */
function afterId3(bytes: Uint8Array): number {
  if (textAt(bytes, 0, 3) !== 'ID3') return 0;
  return 10 + bytes.subarray(6, 10).reduce((length, part) => length * 128 + (part & 0x7f), 0);
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
