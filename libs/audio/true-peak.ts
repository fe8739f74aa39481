import { besselI0, sinc } from './resample';

/** Taps of each of the three in-between phases; with the sample itself that is four points per sample (ITU-R BS.1770-4 annex 2). */
const TAPS = 24;
const HALF = TAPS / 2;

const [QUARTER, MIDDLE, THREE_QUARTERS] = [phaseAt(0.25), phaseAt(0.5), phaseAt(0.75)];
const PHASES: readonly Float64Array[] = [QUARTER, MIDDLE, THREE_QUARTERS];

function phaseAt(offset: number): Float64Array {
  const taps = Float64Array.from({ length: TAPS }, (_, tap) => {
    const x = tap - (HALF - 1) - offset;
    const share = x / HALF;
    return sinc(x) * (besselI0(6 * Math.sqrt(Math.max(0, 1 - share * share))) / besselI0(6));
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

/** Highest level the four-times oversampled signal reaches in [index, index + 1), linear. */
export function truePeakNear(samples: Float32Array, index: number): number {
  const from = index - (HALF - 1);
  let first = 0;
  let second = 0;
  let third = 0;
  for (let tap = Math.max(0, -from), end = Math.min(TAPS, samples.length - from); tap < end; tap += 1) {
    const sample = samples[from + tap] ?? 0;
    first += (QUARTER[tap] ?? 0) * sample;
    second += (MIDDLE[tap] ?? 0) * sample;
    third += (THREE_QUARTERS[tap] ?? 0) * sample;
  }
  return Math.max(magnitude(samples[index] ?? 0), magnitude(first), magnitude(second), magnitude(third));
}

/** No point between samples can be more than this times the largest sample around it: lets quiet stretches be skipped. */
export const OVERSHOOT_BOUND = Math.max(...PHASES.map((taps) => taps.reduce((sum, tap) => sum + Math.abs(tap), 0)));

/** Samples looked at together: fewer find more to skip, more look less often. */
const STRETCH = 16;

/** True peak of the whole stretch, linear. */
export function truePeak(samples: Float32Array): number {
  // Between samples it is never less than at them: from there on only what is louder is looked at.
  let peak = 0;
  for (let index = 0; index < samples.length; index += 1) peak = Math.max(peak, magnitude(samples[index] ?? 0));
  forLoudStretches(samples, () => peak, (index) => {
    const level = truePeakNear(samples, index);
    if (level > peak) peak = level;
  });
  return peak;
}

/** Parts of that bound: what the two samples next to a point can add to it, and what all others can. */
const NEAR_SHARE = Math.max(...PHASES.map((taps) => Math.abs(taps[HALF - 1] ?? 0) + Math.abs(taps[HALF] ?? 0)));
const FAR_SHARE = Math.max(...PHASES.map((taps) => taps.reduce((sum, tap, at) => (at === HALF - 1 || at === HALF ? sum : sum + Math.abs(tap)), 0)));

/** Visits each index whose neighbourhood could exceed the floor, and few others; the floor is asked anew for every STRETCH samples. */
export function forLoudStretches(samples: Float32Array, floor: () => number, visit: (index: number) => void): void {
  for (let start = 0; start < samples.length; start += STRETCH) {
    const end = Math.min(start + STRETCH, samples.length);
    let loudest = 0;
    for (let index = Math.max(0, start - TAPS), last = Math.min(samples.length, end + TAPS); index < last; index += 1) {
      const level = magnitude(samples[index] ?? 0);
      if (level > loudest) loudest = level;
    }
    const least = floor();
    if (loudest * OVERSHOOT_BOUND <= least) continue;
    const near = (least - FAR_SHARE * loudest) / NEAR_SHARE;
    let before = magnitude(samples[start] ?? 0);
    for (let index = start; index < end; index += 1) {
      const after = index + 1 < samples.length ? magnitude(samples[index + 1] ?? 0) : 0;
      if (before > near || after > near) visit(index);
      before = after;
    }
  }
}

function magnitude(value: number): number {
  return value < 0 ? -value : value;
}
