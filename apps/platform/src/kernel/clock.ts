import { randomBytes } from 'node:crypto';
import os from 'node:os';
import { uuidV7 } from './uuid-v7';

/**
 * Time and chance, passed in everywhere: the only home of Date.now and randomness in the platform.
 * Tests pass a clock they drive.
 */
export interface Clock {
  /** Unix time in milliseconds. */
  now(): number;
  /** Milliseconds since some fixed point; never goes back, whatever is done to the system's time. */
  monotonicMs(): number;
  /** Milliseconds since the machine started, its sleep included; whole seconds, and whoever sets the clock does not change it. */
  bootMs(): number;
  /** A UUIDv7 (RFC 9562 5.7): sorts by the time it was made. */
  uuid(): string;
  /** `count` unpredictable bytes. */
  random(count: number): Uint8Array;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  bootMs: () => os.uptime() * 1_000,
  uuid: () => uuidV7(Date.now(), randomBytes(10)),
  random: (count) => new Uint8Array(randomBytes(count)),
};
