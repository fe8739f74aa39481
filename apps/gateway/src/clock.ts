import { randomBytes } from 'node:crypto';

/**
 * Time and chance, passed in everywhere: the gateway's only home of Date.now, performance.now and randomness.
 * Tests pass a clock they drive.
 */
export interface Clock {
  /** Unix time in ms with fractions. Advances with the monotonic clock, so two readings never go backwards between corrections. */
  now(): number;
  /** Milliseconds since some fixed point; never goes back. For ages and deadlines. */
  monotonicMs(): number;
  /** `count` unpredictable bytes as lower-case hex. */
  randomHex(count: number): string;
  /** `count` unpredictable bytes. */
  random(count: number): Uint8Array;
  /** Brings `now` back to the system's time; called about once a second. Returns the step in ms when it jumped, else 0. */
  follow(): number;
}

/** Below this the difference is the grain of Date.now, ms. */
const GRAIN_MS = 2;
/** Above this the system's clock was set: follow at once, ms. */
const STEP_MS = 20;
/** In between, ms per call: slow enough for the terminals' offset estimators (100 ppm at one call a second). */
const SLEW_MS = 0.1;

/** How far the running clock moves towards the system's time, given system minus running in ms. */
export function correctionFor(behindMs: number): number {
  const size = Math.abs(behindMs);
  if (size <= GRAIN_MS) return 0;
  if (size > STEP_MS) return behindMs;
  return Math.sign(behindMs) * SLEW_MS;
}

/**
 * The wall clock of time probes: start-up's Unix time plus monotonic time. It has fractions and does not jump while
 * NTP only slews; when the system's clock is set, it follows, because `startAt` comes from the same system clock.
 */
export function createSystemClock(): Clock {
  let origin = performance.timeOrigin;
  return {
    now: () => origin + performance.now(),
    monotonicMs: () => performance.now(),
    randomHex: (count) => randomBytes(count).toString('hex'),
    random: (count) => new Uint8Array(randomBytes(count)),
    follow: () => {
      // Date.now cuts off the fraction: half a millisecond is its expected error.
      const correction = correctionFor(Date.now() + 0.5 - (origin + performance.now()));
      origin += correction;
      return Math.abs(correction) > STEP_MS ? correction : 0;
    },
  };
}
