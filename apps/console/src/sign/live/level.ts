/** RMS of a stretch in dBFS; -Infinity for digital silence. */
export function levelDbfs(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return 10 * Math.log10(sum / samples.length);
}

/** How loud the speaker is for the loudspeakers, from the loudest 20 ms of a stretch. */
export type Loudness = 'quiet' | 'good' | 'loud';

const QUIET_DBFS = -38;
const LOUD_DBFS = -6;

export function loudnessOf(loudestDbfs: number): Loudness {
  if (!(loudestDbfs > QUIET_DBFS)) return 'quiet';
  return loudestDbfs > LOUD_DBFS ? 'loud' : 'good';
}
