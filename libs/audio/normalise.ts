import { limitTruePeak } from './limiter';
import { integratedLufs, measureLoudness, type Loudness } from './loudness';
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

/** What goes to the horns: -16 LUFS, and 2 dB under full scale because Opus adds up to half a decibel (measured). */
export const HORN_LOUDNESS: NormaliseOptions = { targetLufs: -16, maxTruePeakDbtp: -2 };

/**
 * Brings a recording to the target loudness and holds the true peak with a look-ahead limiter. Where the limiter eats
 * loudness, gain is raised once more; `after` says what was reached. Silence is handed back unchanged.
 */
export function normaliseLoudness(pcm: Pcm, options: NormaliseOptions = HORN_LOUDNESS): Normalised {
  const before = measureLoudness(pcm);
  if (before.integratedLufs === -Infinity) return { pcm, before, after: before, gainDb: 0 };
  const maxGainDb = options.maxGainDb ?? 30;
  const ceiling = 10 ** (options.maxTruePeakDbtp / 20);
  const wantedGainDb = Math.min(maxGainDb, options.targetLufs - before.integratedLufs);
  const once = limitTruePeak(withGain(pcm.samples, wantedGainDb), ceiling);
  const missing = Math.min(maxGainDb, options.targetLufs - integratedLufs(once), maxGainDb - wantedGainDb);
  const gainDb = missing > 0.3 ? wantedGainDb + missing : wantedGainDb;
  const samples = gainDb === wantedGainDb ? once : limitTruePeak(withGain(pcm.samples, gainDb), ceiling);
  const result = pcmOf(samples);
  return { pcm: result, before, after: measureLoudness(result), gainDb };
}

function withGain(samples: Float32Array, gainDb: number): Float32Array {
  const gain = 10 ** (gainDb / 20);
  return samples.map((sample) => sample * gain);
}
