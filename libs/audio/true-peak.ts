import { besselI0, sinc } from './resample';

/** Taps of each of the three in-between phases; with the sample itself that is four points per sample (ITU-R BS.1770-4 annex 2). */
const TAPS = 24;
const HALF = TAPS / 2;

const PHASES: readonly Float64Array[] = [0.25, 0.5, 0.75].map((offset) => {
  const taps = Float64Array.from({ length: TAPS }, (_, tap) => {
    const x = tap - (HALF - 1) - offset;
    const share = x / HALF;
    return sinc(x) * (besselI0(6 * Math.sqrt(Math.max(0, 1 - share * share))) / besselI0(6));
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
});

/** Highest level the four-times oversampled signal reaches in [index, index + 1), linear. */
export function truePeakNear(samples: Float32Array, index: number): number {
  let peak = magnitude(samples[index] ?? 0);
  for (const taps of PHASES) {
    let sum = 0;
    for (let tap = 0; tap < TAPS; tap += 1) sum += (taps[tap] ?? 0) * (samples[index + tap - (HALF - 1)] ?? 0);
    const level = magnitude(sum);
    if (level > peak) peak = level;
  }
  return peak;
}

/** No point between samples can be more than this times the largest sample around it: lets quiet stretches be skipped. */
export const OVERSHOOT_BOUND = Math.max(...PHASES.map((taps) => taps.reduce((sum, tap) => sum + Math.abs(tap), 0)));

/** True peak of the whole stretch, linear. */
export function truePeak(samples: Float32Array): number {
  let peak = 0;
  forLoudStretches(samples, () => peak, (index) => {
    const level = truePeakNear(samples, index);
    if (level > peak) peak = level;
  });
  return peak;
}

/** Visits each index whose neighbourhood could exceed the floor; the floor is asked anew for every 64 samples. */
export function forLoudStretches(samples: Float32Array, floor: () => number, visit: (index: number) => void): void {
  const stretch = 64;
  for (let start = 0; start < samples.length; start += stretch) {
    const end = start + stretch;
    let loudest = 0;
    for (let index = start - TAPS; index < end + TAPS; index += 1) {
      const level = magnitude(samples[index] ?? 0);
      if (level > loudest) loudest = level;
    }
    if (loudest * OVERSHOOT_BOUND <= floor()) continue;
    for (let index = start; index < end && index < samples.length; index += 1) visit(index);
  }
}

function magnitude(value: number): number {
  return value < 0 ? -value : value;
}
