import { limitTruePeak } from './limiter';
import { integratedLufs, measureLoudness, truePeakDbtp, type Loudness } from './loudness';
import { pcmOf, type Pcm } from './pcm';

export type NormaliseOptions = {
  readonly targetLufs: number;
  readonly maxTruePeakDbtp: number;
  /** More gain than this would lift the noise of a bad recording, not the voice. Default 30 dB. */
  readonly maxGainDb?: number;
};

export type Normalised = {
  readonly pcm: Pcm;
  readonly before: Loudness;
  readonly after: Loudness;
  readonly gainDb: number;
};

/** What is heard of the horns' material, measured after decoding: Opus moves peaks by a decibel or more, so before encoding they are held lower. */
export const HORN_LOUDNESS: NormaliseOptions = { targetLufs: -16, maxTruePeakDbtp: -2 };

/** Rounds of raising the gain again where the limiter has eaten loudness, and the miss that is let be, in LU. */
const MAX_ROUNDS = 4;
const CLOSE_ENOUGH_LU = 0.3;
/** About this share of more gain becomes loudness once the limiter works. */
const PASSED_ON = 0.65;

/**
 * Brings a recording to the target loudness and holds the true peak with a look-ahead limiter. `after` says what was
 * reached; very peaky sound ends lower than asked. Silence is handed back unchanged.
 */
export function normaliseLoudness(pcm: Pcm, options: NormaliseOptions = HORN_LOUDNESS): Normalised {
  const before = measureLoudness(pcm);
  if (before.integratedLufs === -Infinity) return { pcm, before, after: before, gainDb: 0 };
  const maxGainDb = options.maxGainDb ?? 30;
  const ceiling = 10 ** (options.maxTruePeakDbtp / 20);
  let gainDb = Math.min(maxGainDb, options.targetLufs - before.integratedLufs);
  let samples = limitTruePeak(withGain(pcm.samples, gainDb), ceiling);
  let reached = integratedLufs(samples);
  for (let round = 1; round < MAX_ROUNDS && gainDb < maxGainDb; round += 1) {
    const missing = options.targetLufs - reached;
    if (missing < CLOSE_ENOUGH_LU) break;
    gainDb = Math.min(maxGainDb, gainDb + missing / PASSED_ON);
    samples = limitTruePeak(withGain(pcm.samples, gainDb), ceiling);
    reached = integratedLufs(samples);
  }
  return { pcm: pcmOf(samples), before, after: { integratedLufs: reached, truePeakDbtp: truePeakDbtp(samples) }, gainDb };
}

function withGain(samples: Float32Array, gainDb: number): Float32Array {
  const gain = 10 ** (gainDb / 20);
  const louder = new Float32Array(samples.length);
  for (let index = 0; index < louder.length; index += 1) louder[index] = (samples[index] ?? 0) * gain;
  return louder;
}
