import type { Chance, Clock, Timer } from '../clock';

/** Time as it really is, which no unit knows: the simulator measures its cards with it. Unix ms with fractions. */
export interface TrueTime {
  now(): number;
  setTimer(delayMs: number, then: () => void): Timer;
}

export interface Skew {
  /** How fast the unit's crystal runs, millionths; the same for its clocks and its card within a fifth. */
  readonly ppm: number;
  /** How wrong its wall clock is when the unit is made, ms. */
  readonly offsetMs: number;
}

/** The clocks of a unit with a crystal of its own: what it calls a second is a little more or less than one. */
export function skewedClock(truth: TrueTime, skew: Skew, chance: Chance): Clock {
  const began = truth.now();
  const rate = 1 + skew.ppm / 1_000_000;
  const uptime = chance.fraction() * 1_000_000;
  return {
    wallMs: () => began + skew.offsetMs + (truth.now() - began) * rate,
    monotonicMs: () => uptime + (truth.now() - began) * rate,
    setTimer: (delayMs, then) => truth.setTimer(delayMs / rate, then),
  };
}
