/** Time and chance of the pages; nothing else in them asks for either. */
export interface Clock {
  /** Unix ms by this device, which may be wrong. */
  now(): number;
  /** Milliseconds of a scale that never goes back, with fractions. */
  monotonic(): number;
  uuid(): string;
  random(bytes: number): Uint8Array<ArrayBuffer>;
}

export const browserClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  // crypto.randomUUID is there in a secure context only; without one nothing is signed anyway.
  uuid: () => (typeof crypto.randomUUID === 'function' ? crypto.randomUUID() : uuidOf(crypto.getRandomValues(new Uint8Array(16)))),
  random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
};

/** UUIDv4 (RFC 9562 5.4) of sixteen random bytes. */
function uuidOf(bytes: Uint8Array): string {
  const hex = [...bytes].map((byte, at) => (at === 6 ? (byte & 15) | 64 : at === 8 ? (byte & 63) | 128 : byte).toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
