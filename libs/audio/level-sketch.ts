import { gainCurve } from './limiter';
import { lufsOfSteps, weightedPowers } from './loudness';
import { SAMPLE_RATE } from './pcm';

const PER_MS = SAMPLE_RATE / 1000;
const STEP_MS = 100;

/**
 * A recording millisecond by millisecond: enough to foresee how loud it will be at any gain behind the limiter, at a
 * fiftieth of the work. Peaks between the samples are left out: what is reached is measured afterwards.
 */
export class LevelSketch {
  private readonly powers: Float64Array;
  private readonly peaks: Float64Array;

  constructor(samples: Float32Array) {
    this.powers = weightedPowers(samples, PER_MS);
    this.peaks = Float64Array.from(this.powers, (_, at) => {
      let peak = 0;
      for (let index = at * PER_MS; index < (at + 1) * PER_MS; index += 1) peak = Math.max(peak, Math.abs(samples[index] ?? 0));
      return peak;
    });
  }

  /** Loudness in LUFS after `gain` (linear) and the limiter at `ceiling`; -Infinity under 400 ms. */
  lufsAt(gain: number, ceiling: number): number {
    const curve = gainCurve(this.peaks.map((peak) => Math.min(1, ceiling / (peak * gain))), 1);
    const steps = new Float64Array(Math.floor(curve.length / STEP_MS));
    for (let at = 0; at < steps.length * STEP_MS; at += 1) {
      const step = Math.floor(at / STEP_MS);
      steps[step] = (steps[step] ?? 0) + ((this.powers[at] ?? 0) * ((curve[at] ?? 1) * gain) ** 2) / STEP_MS;
    }
    return lufsOfSteps(steps);
  }
}
