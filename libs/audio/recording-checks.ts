import { SILENCE_DBFS } from '#libs/domain';
import { measureLoudness, type Loudness } from './loudness';
import { SAMPLE_RATE, type Pcm } from './pcm';

/** What a recording is like as it was brought, before it is levelled. */
export type RecordingChecks = Loudness & {
  /** Of 100 ms stretches: 0 none of them is silent, 1 all. */
  readonly silentShare: number;
  readonly longestSilenceMs: number;
  /** Samples that stand at full scale three and more in a row: what was louder is lost. */
  readonly clippedSamples: number;
};

const STRETCH_MS = 100;
const STRETCH = (SAMPLE_RATE * STRETCH_MS) / 1000;
const FULL_SCALE = 0.999;
const CLIPPED_RUN = 3;

/** Measures loudness, true peak, silence and clipping. A constant offset is not sound. */
export function checkRecording(pcm: Pcm): RecordingChecks {
  const silent = silentStretches(pcm.samples);
  let [longest, run] = [0, 0];
  for (const one of silent) {
    run = one ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return {
    ...measureLoudness(pcm),
    silentShare: silent.length === 0 ? 0 : silent.filter(Boolean).length / silent.length,
    longestSilenceMs: longest * STRETCH_MS,
    clippedSamples: clippedSamples(pcm.samples),
  };
}

function silentStretches(samples: Float32Array): readonly boolean[] {
  const threshold = 10 ** (SILENCE_DBFS / 10);
  return Array.from({ length: Math.floor(samples.length / STRETCH) }, (_, at) => {
    let [sum, squares] = [0, 0];
    for (let index = at * STRETCH; index < (at + 1) * STRETCH; index += 1) {
      const sample = samples[index] ?? 0;
      sum += sample;
      squares += sample * sample;
    }
    return squares / STRETCH - (sum / STRETCH) ** 2 <= threshold;
  });
}

function clippedSamples(samples: Float32Array): number {
  let [clipped, run] = [0, 0];
  for (const sample of samples) {
    run = Math.abs(sample) >= FULL_SCALE ? run + 1 : 0;
    if (run === CLIPPED_RUN) clipped += CLIPPED_RUN;
    else if (run > CLIPPED_RUN) clipped += 1;
  }
  return clipped;
}
