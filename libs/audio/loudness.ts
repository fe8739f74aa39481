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
  const peak = truePeak(pcm.samples);
  return { integratedLufs: integratedLufs(pcm.samples), truePeakDbtp: 20 * Math.log10(peak) };
}

/** The loudness alone, in LUFS. */
export function integratedLufs(samples: Float32Array): number {
  const powers = blockPowers(samples);
  const audible = powers.filter((power) => lufsOf(power) > ABSOLUTE_GATE_LUFS);
  if (audible.length === 0) return -Infinity;
  const gate = lufsOf(mean(audible)) + RELATIVE_GATE_LU;
  return lufsOf(mean(audible.filter((power) => lufsOf(power) > gate)));
}

function blockPowers(samples: Float32Array): readonly number[] {
  const weighted = filter(filter(new Float64Array(samples), SHELF), HIGH_PASS);
  const steps: number[] = [];
  for (let start = 0; start + STEP_SAMPLES <= weighted.length; start += STEP_SAMPLES) {
    steps.push(power(weighted.subarray(start, start + STEP_SAMPLES)));
  }
  if (steps.length < STEPS_PER_BLOCK) return samples.length === 0 ? [] : [power(weighted)];
  return steps.slice(STEPS_PER_BLOCK - 1).map((_, index) => mean(steps.slice(index, index + STEPS_PER_BLOCK)));
}

function filter(samples: Float64Array, { b, a }: Biquad): Float64Array {
  const [b0, b1, b2] = b;
  const [a1, a2] = a;
  let first = 0;
  let second = 0;
  for (let index = 0; index < samples.length; index += 1) {
    const input = samples[index] ?? 0;
    const output = b0 * input + first;
    first = b1 * input - a1 * output + second;
    second = b2 * input - a2 * output;
    samples[index] = output;
  }
  return samples;
}

function power(samples: Float64Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return sum / samples.length;
}

function lufsOf(meanPower: number): number {
  return -0.691 + 10 * Math.log10(meanPower);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
