/** Sampling rate of what is looked at for pitch: enough for all that a horn's signal has below 4 kHz. */
export const TRACK_RATE = 12_000;
const WINDOW = 1024;
export const HALF_WINDOW = WINDOW / 2;
export const TRACK_HZ_PER_BIN = TRACK_RATE / WINDOW;

const HANN = Float64Array.from({ length: WINDOW }, (_, at) => 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / WINDOW));
const COS = Float64Array.from({ length: WINDOW / 2 }, (_, at) => Math.cos((2 * Math.PI * at) / WINDOW));
const SIN = Float64Array.from({ length: WINDOW / 2 }, (_, at) => -Math.sin((2 * Math.PI * at) / WINDOW));
const real = new Float64Array(WINDOW);
const imaginary = new Float64Array(WINDOW);
const powers = new Float64Array(HALF_WINDOW);

/** Power in each bin of one window (Hann) that begins at `from`; what lies outside counts as silence. Valid until the next call. */
export function powersAt(samples: Float32Array, from: number): Float64Array {
  for (let at = 0; at < WINDOW; at += 1) real[at] = (samples[from + at] ?? 0) * (HANN[at] ?? 0);
  imaginary.fill(0);
  transform();
  for (let bin = 0; bin < HALF_WINDOW; bin += 1) {
    const [x, y] = [real[bin] ?? 0, imaginary[bin] ?? 0];
    powers[bin] = x * x + y * y;
  }
  return powers;
}

/** Fourier transform of `real` and `imaginary` in place, radix 2. Written plainly: a long recording needs it some thirty thousand times. */
function transform(): void {
  for (let i = 1, j = 0; i < WINDOW; i += 1) {
    let bit = WINDOW >> 1;
    for (; (j & bit) !== 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i >= j) continue;
    const kept = (real[i] ?? 0);
    real[i] = (real[j] ?? 0);
    real[j] = kept;
  }
  for (let size = 2; size <= WINDOW; size <<= 1) {
    const half = size >> 1;
    const step = WINDOW / size;
    for (let start = 0; start < WINDOW; start += size) {
      for (let k = 0; k < half; k += 1) {
        const i = start + k;
        const j = i + half;
        const cos = (COS[k * step] ?? 0);
        const sin = (SIN[k * step] ?? 0);
        const x = (real[j] ?? 0) * cos - (imaginary[j] ?? 0) * sin;
        const y = (real[j] ?? 0) * sin + (imaginary[j] ?? 0) * cos;
        real[j] = (real[i] ?? 0) - x;
        imaginary[j] = (imaginary[i] ?? 0) - y;
        real[i] = (real[i] ?? 0) + x;
        imaginary[i] = (imaginary[i] ?? 0) + y;
      }
    }
  }
}
