import { randomBytes, randomUUID } from 'node:crypto';

/** Time and chance of the command line; the only home of both here (style 6). */
export interface Clock {
  /** Unix ms. */
  now(): number;
  /** ms with fractions that nobody sets back or forward. */
  monotonic(): number;
  sleep(ms: number): Promise<void>;
  random(bytes: number): Uint8Array;
  /** A random UUID for idempotency keys. */
  uuid(): string;
  /** UUIDv7 (RFC 9562 5.7), for signed ids. */
  uuid7(): string;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => { setTimeout(resolve, ms); }),
  random: (bytes) => new Uint8Array(randomBytes(bytes)),
  uuid: () => randomUUID(),
  uuid7: () => {
    const bytes = randomBytes(16);
    bytes.writeUIntBE(Date.now(), 0, 6);
    bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
    bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
    const hex = bytes.toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  },
};
