/**
 * A UUIDv7 from a Unix time in milliseconds and 10 random bytes (RFC 9562 5.7).
 * Refuses a time outside 48 bits and fewer than 10 bytes with a RangeError: both are a programmer's mistake.
 */
export function uuidV7(unixMs: number, random: Uint8Array): string {
  if (!Number.isInteger(unixMs) || unixMs < 0 || unixMs >= 2 ** 48) throw new RangeError('time is outside 48 bits');
  if (random.length < 10) throw new RangeError('ten random bytes are needed');
  const bytes = new Uint8Array(16);
  for (let at = 0; at < 6; at += 1) bytes[at] = Math.floor(unixMs / 2 ** (8 * (5 - at))) % 256;
  bytes.set(random.subarray(0, 10), 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
