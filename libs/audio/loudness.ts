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
  const powers = blockPowers(samples);
  const audible = powers.filter((power) => lufsOf(power) > ABSOLUTE_GATE_LUFS);
  if (audible.length === 0) return -Infinity;
  const gate = lufsOf(mean(audible)) + RELATIVE_GATE_LU;
  return lufsOf(mean(audible.filter((power) => lufsOf(power) > gate)));
}

function blockPowers(samples: Float32Array): readonly number[] {
  const weigh = kWeighting();
  const steps: number[] = [];
  for (let start = 0; start + STEP_SAMPLES <= samples.length; start += STEP_SAMPLES) steps.push(weigh(samples, start, start + STEP_SAMPLES));
  if (steps.length < STEPS_PER_BLOCK) return samples.length === 0 ? [] : [kWeighting()(samples, 0, samples.length)];
  return steps.slice(STEPS_PER_BLOCK - 1).map((_, index) => mean(steps.slice(index, index + STEPS_PER_BLOCK)));
}

/** Mean power of K-weighted stretches that follow each other: both filters keep their state from one to the next. */
function kWeighting(): (samples: Float32Array, start: number, end: number) => number {
  const [b0, b1, b2] = SHELF.b;
  const [a1, a2] = SHELF.a;
  const [d0, d1, d2] = HIGH_PASS.b;
  const [c1, c2] = HIGH_PASS.a;
  let [first, second, third, fourth] = [0, 0, 0, 0];
  return (samples, start, end) => {
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
    return sum / (end - start);
  };
}

function lufsOf(meanPower: number): number {
  return -0.691 + 10 * Math.log10(meanPower);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
