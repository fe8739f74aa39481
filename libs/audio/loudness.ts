import { SAMPLE_RATE, type Pcm } from './pcm';
import { truePeak } from './true-peak';

export type Loudness = {
  /** Programme loudness in LUFS (ITU-R BS.1770-4), one channel; -Infinity when all of it is below the absolute gate. */
  readonly integratedLufs: number;
  /** True peak in dBTP; -Infinity for digital silence. */
  readonly truePeakDbtp: number;
};

type Biquad = { readonly b: readonly [number, number, number]; readonly a: readonly [number, number] };

/** K-weighting at 48 kHz: head shelf, then high-pass (ITU-R BS.1770-4 annex 1, tables 1 and 2). */
const SHELF: Biquad = { b: [1.53512485958697, -2.69169618940638, 1.19839281085285], a: [-1.69065929318241, 0.73248077421585] };
const HIGH_PASS: Biquad = { b: [1, -2, 1], a: [-1.99004745483398, 0.99007225036621] };

const STEP_SAMPLES = SAMPLE_RATE / 10;
const STEPS_PER_BLOCK = 4;
const ABSOLUTE_GATE_LUFS = -70;
const RELATIVE_GATE_LU = -10;

/**
 * Measures loudness with both gates over blocks of 400 ms, three quarters overlapping, and the true peak four times
 * oversampled. A recording under 400 ms counts as one block.
 */
export function measureLoudness(pcm: Pcm): Loudness {
  return { integratedLufs: integratedLufs(pcm.samples), truePeakDbtp: truePeakDbtp(pcm.samples) };
}

/** The true peak alone, in dBTP. */
export function truePeakDbtp(samples: Float32Array): number {
  return 20 * Math.log10(truePeak(samples));
}

/** The loudness alone, in LUFS. */
export function integratedLufs(samples: Float32Array): number {
  const powers = weightedPowers(samples, STEP_SAMPLES);
  return powers.length < STEPS_PER_BLOCK && samples.length > 0 ? gatedLufs([kWeighting()(samples, 0, samples.length)]) : lufsOfSteps(powers);
}

/** Mean power after K-weighting of each stretch that is whole, one after the other. */
export function weightedPowers(samples: Float32Array, stretchSamples: number): Float64Array {
  const weigh = kWeighting();
  return Float64Array.from({ length: Math.floor(samples.length / stretchSamples) }, (_, at) => weigh(samples, at * stretchSamples, (at + 1) * stretchSamples));
}

/** Loudness of what follows in weighted powers of 100 ms each; -Infinity for less than one block of them. */
export function lufsOfSteps(powers: Float64Array): number {
  return gatedLufs(Array.from(powers.subarray(STEPS_PER_BLOCK - 1), (_, index) => mean([...powers.subarray(index, index + STEPS_PER_BLOCK)])));
}

function gatedLufs(powers: readonly number[]): number {
  const audible = powers.filter((power) => lufsOf(power) > ABSOLUTE_GATE_LUFS);
  if (audible.length === 0) return -Infinity;
  const gate = lufsOf(mean(audible)) + RELATIVE_GATE_LU;
  return lufsOf(mean(audible.filter((power) => lufsOf(power) > gate)));
}

/** Mean power of K-weighted stretches that follow each other: both filters keep their state from one to the next. */
function kWeighting(): (samples: Float32Array, start: number, end: number) => number {
  const [b0, b1, b2] = SHELF.b;
  const [a1, a2] = SHELF.a;
  const [d0, d1, d2] = HIGH_PASS.b;
  const [c1, c2] = HIGH_PASS.a;
  const state = new Float64Array(4);
  return (samples, start, end) => {
    // In variables of this call the state stays in registers: several times as fast.
    let [first = 0, second = 0, third = 0, fourth = 0] = state;
    let sum = 0;
    for (let index = start; index < end; index += 1) {
      const input = samples[index] ?? 0;
      const middle = b0 * input + first;
      first = b1 * input - a1 * middle + second;
      second = b2 * input - a2 * middle;
      const output = d0 * middle + third;
      third = d1 * middle - c1 * output + fourth;
      fourth = d2 * middle - c2 * output;
      sum += output * output;
    }
    state.set([first, second, third, fourth]);
    return sum / (end - start);
  };
}

function lufsOf(meanPower: number): number {
  return -0.691 + 10 * Math.log10(meanPower);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
