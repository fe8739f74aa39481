const RATE = 48_000;

/** Our own making of what is reserved: a tone whose pitch and level follow the seconds. */
export function synthetic(seconds: number, pitchAt: (second: number) => number, onAt: (second: number) => boolean = () => true): Float32Array {
  // In the test runner every look-up of a global is slow; these loops are long.
  const { sin, PI } = Math;
  let phase = 0;
  const samples = new Float32Array(seconds * RATE);
  for (let at = 0; at < samples.length; at += 1) {
    phase += (2 * PI * pitchAt(at / RATE)) / RATE;
    samples[at] = onAt(at / RATE) ? 0.5 * sin(phase) + 0.2 * sin(2 * phase) : 0;
  }
  return samples;
}

export const steady = (hertz: number) => () => hertz;
export const cycle = (onS: number, offS: number) => (second: number) => second % (onS + offS) < onS;
export const triangle = (low: number, high: number, periodS: number) => (second: number) => low + (high - low) * (1 - Math.abs(1 - (2 * (second % periodS)) / periodS));
export const inTurn = (pitches: readonly number[], eachS: number) => (second: number) => pitches[Math.floor(second / eachS) % pitches.length] ?? 0;
