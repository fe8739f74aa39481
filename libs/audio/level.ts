import { SILENCE_DBFS } from '#libs/domain';
import { SAMPLE_RATE, type Pcm } from './pcm';


/** RMS level of a stretch of samples in dBFS (a full-scale square wave is 0, a full-scale sine -3.01); -Infinity for silence. */
export function rmsDbfs(samples: Float32Array): number {
  if (samples.length === 0) return -Infinity;
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return 10 * Math.log10(sum / samples.length);
}

/** Whether anything can be heard: one 100 ms window over SILENCE_DBFS. A constant offset is not sound. */
export function hasSound(pcm: Pcm, thresholdDbfs = SILENCE_DBFS): boolean {
  const windowSamples = SAMPLE_RATE / 10;
  const threshold = 10 ** (thresholdDbfs / 10);
  for (let start = 0; start < pcm.samples.length; start += windowSamples) {
    const window = pcm.samples.subarray(start, start + windowSamples);
    let sum = 0;
    let squares = 0;
    for (const sample of window) {
      sum += sample;
      squares += sample * sample;
    }
    const mean = sum / window.length;
    if (squares / window.length - mean * mean > threshold) return true;
  }
  return false;
}
