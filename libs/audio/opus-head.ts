/** Identification and comment headers of Ogg Opus (RFC 7845 5.1, 5.2). */
export type OpusHead = {
  readonly channels: 1 | 2;
  /** Samples at 48 kHz to throw away at the start. */
  readonly preSkip: number;
  /** Gain to apply after decoding, Q7.8 dB. */
  readonly outputGain: number;
};

const HEAD_MAGIC = 'OpusHead';
const TAGS_MAGIC = 'OpusTags';

export function isOpusHead(packet: Uint8Array): boolean {
  return startsWithText(packet, HEAD_MAGIC);
}

/** Takes version 0.x or 1, channel mapping family 0, one or two channels; refuses everything else. */
export function readOpusHead(packet: Uint8Array): OpusHead | undefined {
  if (!isOpusHead(packet) || packet.length < 19) return undefined;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const channels = view.getUint8(9);
  if (view.getUint8(8) >= 16 || view.getUint8(18) !== 0) return undefined;
  if (channels !== 1 && channels !== 2) return undefined;
  return { channels, preSkip: view.getUint16(10, true), outputGain: view.getInt16(16, true) };
}

export function isOpusTags(packet: Uint8Array): boolean {
  return startsWithText(packet, TAGS_MAGIC);
}

export function writeOpusHead(preSkip: number): Uint8Array {
  const bytes = new Uint8Array(19);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(HEAD_MAGIC));
  view.setUint8(8, 1);
  view.setUint8(9, 1);
  view.setUint16(10, preSkip, true);
  view.setUint32(12, 48000, true);
  return bytes;
}

/** No comments: a name or a date would change the bytes without changing the sound. */
export function writeOpusTags(): Uint8Array {
  const vendor = new TextEncoder().encode('clarion');
  const bytes = new Uint8Array(8 + 4 + vendor.length + 4);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(TAGS_MAGIC));
  view.setUint32(8, vendor.length, true);
  bytes.set(vendor, 12);
  return bytes;
}

function startsWithText(packet: Uint8Array, text: string): boolean {
  return packet.length >= text.length && [...text].every((letter, index) => packet[index] === letter.charCodeAt(0));
}
