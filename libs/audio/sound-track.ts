import { HALF_WINDOW, powersAt, TRACK_HZ_PER_BIN, TRACK_RATE } from './spectrum';
import { SAMPLE_RATE } from './pcm';

/** What a listener would note down of 20 ms of a sound. */
export interface Frame {
  /** Not more than SILENCE_DB below the loudest frame. */
  readonly sounding: boolean;
  /** Mean power, full scale 1. */
  readonly level: number;
  /** The strongest tone between 200 and 4000 Hz in the 85 ms around it; 0 in digital silence. */
  readonly hertz: number;
  /** The fundamental that the strongest tone belongs to; 0 in digital silence. */
  readonly pitch: number;
  /** How much of the sound belongs to that one pitch and its harmonics: 1 all, 0 no more than of noise. */
  readonly purity: number;
}

export const HOP_MS = 20;
const DECIMATE = SAMPLE_RATE / TRACK_RATE;
const SILENCE_DB = -32;
const LOWEST_HZ = 200;
const HIGHEST_HZ = 4000;
/** Strongest may be the second or third harmonic of a horn's tone; lower ones would take a chord for one tone. */
const MOST_HARMONIC = 3;
/** Half the width of a tone in the spectrum, bins. */
const TONE_BINS = 2;
const FIRST_BIN = Math.ceil(LOWEST_HZ / TRACK_HZ_PER_BIN) - TONE_BINS;
const LAST_BIN = Math.floor(HIGHEST_HZ / TRACK_HZ_PER_BIN);
/** So much purer a lower fundamental must make the sound to be taken: every comb contains its own multiples. */
const PURER = 0.1;

// A long recording has thirty thousand frames: looked up once.
const { floor, log, max, min } = Math;

/** One frame every HOP_MS. */
export function framesOf(samples: Float32Array): readonly Frame[] {
  const slow = decimated(samples);
  const hop = (TRACK_RATE * HOP_MS) / 1000;
  const measured = Array.from({ length: Math.floor(slow.length / hop) }, (_, at) => {
    const from = at * hop;
    let level = 0;
    for (let index = from; index < from + hop; index += 1) level += (slow[index] ?? 0) ** 2 / hop;
    return level < 1e-9 ? { level, hertz: 0, pitch: 0, purity: 0 } : { level, ...toneOf(powersAt(slow, from + hop / 2 - HALF_WINDOW)) };
  });
  const loudest = measured.reduce((most, { level }) => max(most, level), 1e-12);
  return measured.map((frame) => ({ ...frame, sounding: 10 * Math.log10(frame.level / loudest + 1e-12) > SILENCE_DB }));
}

function decimated(samples: Float32Array): Float32Array {
  const slow = new Float32Array(Math.floor(samples.length / DECIMATE));
  for (let at = 0; at < slow.length; at += 1) {
    let sum = 0;
    for (let index = 0; index < DECIMATE; index += 1) sum += samples[at * DECIMATE + index] ?? 0;
    slow[at] = sum / DECIMATE;
  }
  return slow;
}

function toneOf(powers: Float64Array): Pick<Frame, 'hertz' | 'pitch' | 'purity'> {
  const hertz = strongest(powers);
  let best = { hertz, pitch: hertz, purity: purityAt(powers, hertz) };
  for (let harmonic = 2; harmonic <= MOST_HARMONIC && hertz / harmonic >= LOWEST_HZ; harmonic += 1) {
    const purity = purityAt(powers, hertz / harmonic);
    if (purity > best.purity + PURER) best = { hertz, pitch: hertz / harmonic, purity };
  }
  return best;
}

/** Hz, between two bins by the neighbours' levels. */
function strongest(powers: Float64Array): number {
  let best = FIRST_BIN + TONE_BINS;
  for (let bin = best; bin < LAST_BIN; bin += 1) if ((powers[bin] ?? 0) > (powers[best] ?? 0)) best = bin;
  const levelAt = (bin: number): number => log((powers[bin] ?? 0) + 1e-24);
  const [below, at, above] = [levelAt(best - 1), levelAt(best), levelAt(best + 1)];
  const shift = (below - above) / (2 * (below - 2 * at + above) || 1);
  return (best + max(-0.5, min(0.5, shift))) * TRACK_HZ_PER_BIN;
}

/** Power near the harmonics of a pitch against all power, less what flat noise would have there. */
function purityAt(powers: Float64Array, pitch: number): number {
  let all = 0;
  for (let bin = FIRST_BIN; bin <= LAST_BIN; bin += 1) all += powers[bin] ?? 0;
  let near = 0;
  let covered = 0;
  for (let tooth = pitch / TRACK_HZ_PER_BIN, middle = tooth; middle <= LAST_BIN; middle += tooth) {
    for (let bin = floor(middle + 0.5) - TONE_BINS, until = bin + 2 * TONE_BINS; bin <= until && bin <= LAST_BIN; bin += 1) {
      near += powers[bin] ?? 0;
      covered += 1;
    }
  }
  const chance = covered / (LAST_BIN - FIRST_BIN + 1);
  return all === 0 ? 0 : max(0, (near / all - chance) / (1 - chance));
}
