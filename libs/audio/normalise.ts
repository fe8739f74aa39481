import { LevelSketch } from './level-sketch';
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

/** Rounds of raising the gain again where the limiter has eaten loudness, and the misses that are let be, in LU: foreseen and measured. */
const MAX_ROUNDS = 4;
const FORESEEN_ENOUGH_LU = 0.05;
const CLOSE_ENOUGH_LU = 0.3;
/** About this share of more gain becomes loudness once the limiter works. */
const PASSED_ON = 0.65;

/** What levelling alone gives: the sound, its loudness in LUFS and the gain before the limiter. */
export type Levelled = { readonly pcm: Pcm; readonly integratedLufs: number; readonly gainDb: number };

/**
 * Brings a recording to the target loudness and holds the true peak with a look-ahead limiter. `after` says what was
 * reached; very peaky sound ends lower than asked. Silence is handed back unchanged.
 */
export function normaliseLoudness(pcm: Pcm, options: NormaliseOptions = HORN_LOUDNESS): Normalised {
  const before = measureLoudness(pcm);
  const { pcm: levelled, integratedLufs: reached, gainDb } = levelLoudness(pcm, options);
  return { pcm: levelled, before, after: { integratedLufs: reached, truePeakDbtp: truePeakDbtp(levelled.samples) }, gainDb };
}

/** The same without the measures before and after, for who measures what is decoded. */
export function levelLoudness(pcm: Pcm, { targetLufs, maxTruePeakDbtp, maxGainDb = 30 }: NormaliseOptions): Levelled {
  const sketch = new LevelSketch(pcm.samples);
  const sketched = sketch.lufsAt(1, Infinity);
  // Too short for a sketch, or silence.
  const before = sketched === -Infinity ? integratedLufs(pcm.samples) : sketched;
  if (before === -Infinity) return { pcm, integratedLufs: before, gainDb: 0 };
  const ceiling = linear(maxTruePeakDbtp);
  const limited = (gainDb: number): Float32Array => limitTruePeak(withGain(pcm.samples, gainDb), ceiling);
  const raised = (gainDb: number, reached: number): number => Math.min(maxGainDb, gainDb + (targetLufs - reached) / PASSED_ON);
  let gainDb = Math.min(maxGainDb, targetLufs - before);
  for (let round = 1; round < MAX_ROUNDS && gainDb < maxGainDb; round += 1) {
    const foreseen = sketch.lufsAt(linear(gainDb), ceiling);
    if (foreseen === -Infinity || targetLufs - foreseen < FORESEEN_ENOUGH_LU) break;
    gainDb = raised(gainDb, foreseen);
  }
  let samples = limited(gainDb);
  let reached = integratedLufs(samples);
  for (let round = 1; round < MAX_ROUNDS && gainDb < maxGainDb; round += 1) {
    if (targetLufs - reached < CLOSE_ENOUGH_LU) break;
    gainDb = raised(gainDb, reached);
    samples = limited(gainDb);
    reached = integratedLufs(samples);
  }
  return { pcm: pcmOf(samples), integratedLufs: reached, gainDb };
}

function linear(decibels: number): number {
  return 10 ** (decibels / 20);
}

function withGain(samples: Float32Array, gainDb: number): Float32Array {
  const gain = linear(gainDb);
  const louder = new Float32Array(samples.length);
  for (let index = 0; index < louder.length; index += 1) louder[index] = (samples[index] ?? 0) * gain;
  return louder;
}
