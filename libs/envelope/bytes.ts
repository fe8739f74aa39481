const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const HEX = '0123456789abcdef';
const NOT_A_DIGIT = 255;
const PAD = 0x3d;
const BASE64_CODES = new TextEncoder().encode(BASE64);
const ascii = new TextDecoder();

function digitValues(alphabet: string): Uint8Array {
  const values = new Uint8Array(128).fill(NOT_A_DIGIT);
  for (let i = 0; i < alphabet.length; i++) values[alphabet.charCodeAt(i)] = i;
  return values;
}

const BASE64_VALUES = digitValues(BASE64);
const HEX_VALUES = digitValues(HEX);

function valueAt(values: Uint8Array, text: string, at: number): number {
  return values[text.charCodeAt(at)] ?? NOT_A_DIGIT;
}

/** Bytes as standard base64 with padding (RFC 4648 4). */
export function toBase64(bytes: Uint8Array): string {
  const text = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  let at = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    const word = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    for (let shift = 18; shift >= 0; shift -= 6) text[at++] = BASE64_CODES[(word >> shift) & 63] ?? PAD;
  }
  const pad = (3 - (bytes.length % 3)) % 3;
  text.fill(PAD, text.length - pad);
  return ascii.decode(text);
}

/**
 * Bytes of standard base64, or undefined unless `text` is exactly what `toBase64` would write:
 * full padding, no spaces, no other alphabet, no stray bits in the last digit (RFC 4648 3.5).
 */
export function fromBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined;
  const pad = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const digits = text.length - pad;
  const bytes = new Uint8Array((text.length / 4) * 3 - pad);
  let written = 0;
  const whole = digits - (digits % 4);
  // A value that is no digit has bits above the six; asked once, at the end.
  let seen = 0;
  for (let i = 0; i < whole; i += 4) {
    const a = valueAt(BASE64_VALUES, text, i);
    const b = valueAt(BASE64_VALUES, text, i + 1);
    const c = valueAt(BASE64_VALUES, text, i + 2);
    const d = valueAt(BASE64_VALUES, text, i + 3);
    seen |= a | b | c | d;
    bytes[written++] = (a << 2) | (b >> 4);
    bytes[written++] = (b << 4) | (c >> 2);
    bytes[written++] = (c << 6) | d;
  }
  if (seen > 63) return undefined;
  let word = 0;
  let bits = 0;
  for (let i = whole; i < digits; i++) {
    const value = valueAt(BASE64_VALUES, text, i);
    if (value === NOT_A_DIGIT) return undefined;
    word = ((word << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[written++] = word >> bits;
    }
  }
  return (word & ((1 << bits) - 1)) === 0 ? bytes : undefined;
}

/** Bytes as lowercase hex. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX.charAt(byte >> 4) + HEX.charAt(byte & 15);
  return text;
}

/** Bytes of lowercase hex, or undefined for an odd length or any other character (capitals included). */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    const high = valueAt(HEX_VALUES, text, 2 * i);
    const low = valueAt(HEX_VALUES, text, 2 * i + 1);
    if (high === NOT_A_DIGIT || low === NOT_A_DIGIT) return undefined;
    bytes[i] = (high << 4) | low;
  }
  return bytes;
}
