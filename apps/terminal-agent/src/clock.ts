import { randomBytes } from 'node:crypto';

/** A pending call that can still be called off. */
export interface Timer {
  cancel(): void;
}

/** Time as the unit itself has it. The district's time is worked out from it in `time/`. */
export interface Clock {
  /** The unit's own wall clock in Unix ms; without a battery clock it may be wrong by years. */
  wallMs(): number;
  /** Ms with fractions since some start; never steps, runs at the unit's own crystal. */
  monotonicMs(): number;
  /** Calls `then` once after `delayMs` of the monotonic clock (0 or less: as soon as possible). */
  setTimer(delayMs: number, then: () => void): Timer;
}

/** Randomness, passed in like time, so that a test can seed it. */
export interface Chance {
  bytes(count: number): Uint8Array;
  /** In [0, 1). */
  fraction(): number;
}

/** Longest delay that the runtime's timers carry; longer ones are cut into pieces. */
const LONGEST_TIMER_MS = 2_000_000_000;

/** The host's clocks. */
export function systemClock(): Clock {
  return {
    wallMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    setTimer: (delayMs, then) => startTimer(Math.max(0, delayMs), then),
  };
}

/** Unix time in ms with fractions, as true as the host knows it; only the simulator's cards write it down. */
export function hostUnixMs(): number {
  return performance.timeOrigin + performance.now();
}

/** The host's randomness. */
export function systemChance(): Chance {
  return {
    bytes: (count) => new Uint8Array(randomBytes(count)),
    fraction: () => randomBytes(4).readUInt32LE(0) / 2 ** 32,
  };
}

function startTimer(delayMs: number, then: () => void): Timer {
  const piece = Math.min(delayMs, LONGEST_TIMER_MS);
  let rest: Timer | undefined;
  const running = setTimeout(() => {
    if (delayMs > piece) rest = startTimer(delayMs - piece, then);
    else then();
  }, piece);
  return {
    cancel: () => {
      clearTimeout(running);
      rest?.cancel();
    },
  };
}
