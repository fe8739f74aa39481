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

/** Samples looked at together; a point between samples reaches no further than into the next stretch on either side. */
const STRETCH = TAPS;

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
  let loudBefore = 0;
  let loudHere = loudestOf(samples, 0);
  for (let start = 0; start < samples.length; start += STRETCH) {
    const loudAfter = loudestOf(samples, start + STRETCH);
    const loudest = Math.max(loudBefore, loudHere, loudAfter);
    loudBefore = loudHere;
    loudHere = loudAfter;
    const least = floor();
    if (loudest * OVERSHOOT_BOUND <= least) continue;
    const end = Math.min(start + STRETCH, samples.length);
    const near = (least - FAR_SHARE * loudest) / NEAR_SHARE;
    let before = magnitude(samples[start] ?? 0);
    for (let index = start; index < end; index += 1) {
      const after = index + 1 < samples.length ? magnitude(samples[index + 1] ?? 0) : 0;
      if (before > near || after > near) visit(index);
      before = after;
    }
  }
}

/** The largest sample of the stretch that begins at `start`. */
function loudestOf(samples: Float32Array, start: number): number {
  let loudest = 0;
  for (let index = start, end = Math.min(start + STRETCH, samples.length); index < end; index += 1) {
    const level = magnitude(samples[index] ?? 0);
    if (level > loudest) loudest = level;
  }
  return loudest;
}

function magnitude(value: number): number {
  return value < 0 ? -value : value;
}
