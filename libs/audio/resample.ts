import { SAMPLE_RATE } from './pcm';

/** Zero crossings of the sinc on each side, and the Kaiser window's beta: stop band below -80 dB. */
const ZERO_CROSSINGS = 16;
const KAISER_BETA = 8;
/** The pass band ends here, as a share of the lower Nyquist frequency. */
const PASS_BAND = 0.92;
/** Entries of the kernel per zero crossing; in between it is interpolated linearly. */
const TABLE_STEPS = 512;
/** Rates with more places between two samples than this are computed point by point. */
const MOST_PHASES = 2000;

/**
 * Changes the sample rate to 48 kHz with a Kaiser-windowed sinc. Output length is round(n * 48000 / rate);
 * sample 0 stays sample 0 (no delay). The caller checks the rate.
 */
export function resampleTo48k(samples: Float32Array, rate: number): Float32Array {
  if (rate === SAMPLE_RATE || samples.length === 0) return samples;
  const cutoff = PASS_BAND * Math.min(1, SAMPLE_RATE / rate);
  const common = commonDivisor(rate, SAMPLE_RATE);
  return SAMPLE_RATE / common <= MOST_PHASES ? byPhases(samples, rate / common, SAMPLE_RATE / common, cutoff) : pointByPoint(samples, rate, cutoff);
}

/** Usual rates meet 48 kHz in a few hundred places between two samples: the weights of each are made once. */
function byPhases(samples: Float32Array, down: number, up: number, cutoff: number): Float32Array {
  const reach = Math.ceil(ZERO_CROSSINGS / cutoff) + 1;
  const taps = 2 * reach;
  const weights = new Float64Array(up * taps);
  const kernel = kernelTable();
  for (let phase = 0; phase < up; phase += 1) {
    for (let tap = 0; tap < taps; tap += 1) weights[phase * taps + tap] = cutoff * weightAt(Math.abs(tap - (reach - 1) - phase / up) * cutoff * TABLE_STEPS, kernel);
  }
  const out = new Float32Array(Math.round((samples.length * up) / down));
  const padded = new Float64Array(samples.length + 2 * taps);
  padded.set(samples, reach - 1);
  for (let index = 0, left = 0, phase = 0; index < out.length; index += 1) {
    const row = phase * taps;
    // Two sums that do not wait for each other: taps is even.
    let even = 0;
    let odd = 0;
    for (let tap = 0; tap < taps; tap += 2) {
      even += (padded[left + tap] ?? 0) * (weights[row + tap] ?? 0);
      odd += (padded[left + tap + 1] ?? 0) * (weights[row + tap + 1] ?? 0);
    }
    out[index] = even + odd;
    phase += down;
    left += Math.floor(phase / up);
    phase %= up;
  }
  return out;
}

function weightAt(position: number, kernel: Float64Array): number {
  const entry = Math.floor(position);
  if (entry >= kernel.length - 2) return 0;
  const low = kernel[entry] ?? 0;
  return low + (position - entry) * ((kernel[entry + 1] ?? 0) - low);
}

/** The same for rates that have nothing in common with 48 kHz. */
function pointByPoint(samples: Float32Array, rate: number, cutoff: number): Float32Array {
  const step = rate / SAMPLE_RATE;
  const kernel = kernelTable();
  const stride = cutoff * TABLE_STEPS;
  const out = new Float32Array(Math.round(samples.length / step));
  for (let index = 0; index < out.length; index += 1) {
    const centre = index * step;
    const left = Math.floor(centre);
    const fraction = centre - left;
    out[index] = cutoff * (wing(samples, left, -1, fraction * stride, stride, kernel) + wing(samples, left + 1, 1, (1 - fraction) * stride, stride, kernel));
  }
  return out;
}

/** One side of the kernel over the samples from `start` on in `direction`; no global is touched, this is the inner loop. */
function wing(samples: Float32Array, start: number, direction: 1 | -1, first: number, stride: number, kernel: Float64Array): number {
  const end = kernel.length - 2;
  let sum = 0;
  for (let tap = start, position = first; position < end; tap += direction, position += stride) {
    const sample = samples[tap];
    if (sample === undefined) break;
    const entry = position | 0;
    const low = kernel[entry] ?? 0;
    sum += sample * (low + (position - entry) * ((kernel[entry + 1] ?? 0) - low));
  }
  return sum;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

let table: Float64Array | undefined;

/** One side of the windowed sinc, made once. */
function kernelTable(): Float64Array {
  if (table !== undefined) return table;
  const made = new Float64Array(ZERO_CROSSINGS * TABLE_STEPS + 2);
  const edge = besselI0(KAISER_BETA);
  for (let entry = 0; entry < ZERO_CROSSINGS * TABLE_STEPS; entry += 1) {
    const x = entry / TABLE_STEPS;
    const share = x / ZERO_CROSSINGS;
    made[entry] = (sinc(x) * besselI0(KAISER_BETA * Math.sqrt(1 - share * share))) / edge;
  }
  table = made;
  return made;
}

export function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Modified Bessel function of the first kind, order 0, by its series. */
export function besselI0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
