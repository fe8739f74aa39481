import { SAMPLE_RATE } from './pcm';
import { forLoudStretches, truePeak, truePeakNear } from './true-peak';

/** The gain comes down over this long before a peak: 3 ms. */
const LOOK_AHEAD = (3 * SAMPLE_RATE) / 1000;
/** And goes back up with this time constant: 80 ms. */
const RELEASE = 1 - Math.exp(-1 / (0.08 * SAMPLE_RATE));

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
  const limited = applyGain(samples, averaged(released(runningMinimum(needed))));
  // A gain that moves between two samples can leave a hair above the ceiling; take the rest off everywhere.
  const left = truePeak(limited);
  return left > ceiling ? limited.map((sample) => sample * (ceiling / left) * (1 - 1e-6)) : limited;
}

/** Minimum over [index - LOOK_AHEAD, index + LOOK_AHEAD], by a queue of candidates in rising order. */
function runningMinimum(values: Float64Array): Float64Array {
  const out = new Float64Array(values.length);
  const queue = new Int32Array(values.length);
  let head = 0;
  let tail = 0;
  for (let index = 0; index < values.length + LOOK_AHEAD; index += 1) {
    if (index < values.length) {
      while (tail > head && (values[queue[tail - 1] ?? 0] ?? 1) >= (values[index] ?? 1)) tail -= 1;
      queue[tail] = index;
      tail += 1;
    }
    const centre = index - LOOK_AHEAD;
    if (centre < 0) continue;
    while ((queue[head] ?? 0) < centre - LOOK_AHEAD) head += 1;
    out[centre] = values[queue[head] ?? 0] ?? 1;
  }
  return out;
}

function released(values: Float64Array): Float64Array {
  let gain = values[0] ?? 1;
  return values.map((needed) => {
    const risen = gain + (1 - gain) * RELEASE;
    gain = needed < risen ? needed : risen;
    return gain;
  });
}

/** Mean over [index - LOOK_AHEAD, index + LOOK_AHEAD], the end values beyond the ends; each term is at most what the centre needs. */
function averaged(values: Float64Array): Float64Array {
  const width = 2 * LOOK_AHEAD + 1;
  const first = values[0] ?? 1;
  const last = values[values.length - 1] ?? 1;
  const at = (index: number): number => (index < 0 ? first : index >= values.length ? last : (values[index] ?? 1));
  let sum = 0;
  for (let index = -LOOK_AHEAD - 1; index < LOOK_AHEAD; index += 1) sum += at(index);
  return values.map((_, index) => {
    sum += at(index + LOOK_AHEAD) - at(index - LOOK_AHEAD - 1);
    return sum / width;
  });
}

function applyGain(samples: Float32Array, gains: Float64Array): Float32Array {
  return samples.map((sample, index) => sample * (gains[index] ?? 1));
}
