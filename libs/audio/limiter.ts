import { SAMPLE_RATE } from './pcm';
import { forLoudStretches, truePeak, truePeakNear } from './true-peak';

/** The gain comes down over this long before a peak. */
const LOOK_AHEAD_MS = 3;
/** And goes back up with this time constant. */
const RELEASE_MS = 80;

/**
 * Holds the true peak at or below `ceiling` (linear). Gain never jumps: it is the running minimum over the look-ahead,
 * released slowly, then averaged over the look-ahead, so it is down before the peak comes. Level below is left alone.
 */
export function limitTruePeak(samples: Float32Array, ceiling: number): Float32Array {
  const needed = new Float64Array(samples.length).fill(1);
  let over = false;
  forLoudStretches(samples, () => ceiling, (index) => {
    const level = truePeakNear(samples, index);
    if (level <= ceiling) return;
    over = true;
    const gain = ceiling / level;
    needed[index] = Math.min(needed[index] ?? 1, gain);
    if (index + 1 < needed.length) needed[index + 1] = Math.min(needed[index + 1] ?? 1, gain);
  });
  if (!over) return samples;
  const gains = gainCurve(needed, SAMPLE_RATE / 1000);
  const limited = new Float32Array(samples.length);
  for (let index = 0; index < limited.length; index += 1) limited[index] = (samples[index] ?? 0) * (gains[index] ?? 1);
  // A gain that moves between two samples can leave a hair above the ceiling; take the rest off everywhere.
  const left = truePeak(limited);
  if (left <= ceiling) return limited;
  const rest = (ceiling / left) * (1 - 1e-6);
  for (let index = 0; index < limited.length; index += 1) limited[index] = (limited[index] ?? 0) * rest;
  return limited;
}

/** The gain over time that is nowhere above what is needed; `perMs` values stand for a millisecond. */
export function gainCurve(needed: Float64Array, perMs: number): Float64Array {
  const lookAhead = LOOK_AHEAD_MS * perMs;
  return averaged(releasedMinimum(needed, lookAhead, 1 - Math.exp(-1 / (RELEASE_MS * perMs))), lookAhead);
}

/** Minimum over [index - lookAhead, index + lookAhead], by a queue of candidates in rising order; from there the gain rises slowly. */
function releasedMinimum(values: Float64Array, lookAhead: number, release: number): Float64Array {
  const { length } = values;
  const out = new Float64Array(length);
  const queue = new Int32Array(length);
  let head = 0;
  let tail = 0;
  let gain = 1;
  for (let index = 0; index < length + lookAhead; index += 1) {
    if (index < length) {
      const value = values[index] ?? 1;
      while (tail > head && (values[queue[tail - 1] ?? 0] ?? 1) >= value) tail -= 1;
      queue[tail] = index;
      tail += 1;
    }
    const centre = index - lookAhead;
    if (centre < 0) continue;
    while ((queue[head] ?? 0) < centre - lookAhead) head += 1;
    const least = values[queue[head] ?? 0] ?? 1;
    const risen = centre === 0 ? 1 : gain + (1 - gain) * release;
    gain = least < risen ? least : risen;
    out[centre] = gain;
  }
  return out;
}

/** Mean over [index - lookAhead, index + lookAhead], the end values beyond the ends; each term is at most what the centre needs. */
function averaged(gains: Float64Array, lookAhead: number): Float64Array {
  const width = 2 * lookAhead + 1;
  const padded = new Float64Array(gains.length + width + 1);
  padded.fill(gains[0] ?? 1, 0, lookAhead + 1);
  padded.set(gains, lookAhead + 1);
  padded.fill(gains[gains.length - 1] ?? 1, lookAhead + 1 + gains.length);
  const out = new Float64Array(gains.length);
  let sum = 0;
  for (let index = 0; index < width; index += 1) sum += padded[index] ?? 1;
  for (let index = 0; index < out.length; index += 1) {
    sum += (padded[index + width] ?? 1) - (padded[index] ?? 1);
    out[index] = sum / width;
  }
  return out;
}
