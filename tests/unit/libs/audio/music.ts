import { seeded } from './signals';

const RATE = 48_000;
const { sin, exp, min, PI } = Math;

interface Instrument {
  /** Levels of the harmonics. */
  readonly harmonics: readonly number[];
  /** Share of the pitch by which it trembles. */
  readonly vibrato: number;
  /** Time constant of a slide from note to note, s; 0 leaps. */
  readonly slideS: number;
  /** How fast a note rings out, 1/s; 0 is held. */
  readonly decay: number;
  /** Share of a note's time in which it sounds. */
  readonly legato: number;
}

export const flute: Instrument = { harmonics: [1, 0.25, 0.1], vibrato: 0.006, slideS: 0, decay: 0, legato: 1 };
export const fiddle: Instrument = { harmonics: [0.6, 0.8, 0.5, 0.4, 0.3, 0.2], vibrato: 0.012, slideS: 0.06, decay: 0, legato: 1 };
export const horn: Instrument = { harmonics: [1, 0.7, 0.5, 0.3, 0.2], vibrato: 0, slideS: 0, decay: 0, legato: 0.85 };
export const bell: Instrument = { harmonics: [1, 0.5, 0.25], vibrato: 0, slideS: 0, decay: 3, legato: 1 };

const SCALE = [-5, -3, 0, 2, 4, 7, 9, 12];
const BEATS = [0.5, 1, 1, 1, 2, 3];

/** One voice that plays notes of a five-tone scale, as a seed throws them. */
export function melody({ harmonics, vibrato, slideS, decay, legato }: Instrument, { seconds, beatS, seed = 5 }: { readonly seconds: number; readonly beatS: number; readonly seed?: number }): Float32Array {
  const random = seeded(seed);
  const pick = (row: readonly number[]): number => row[Math.floor(random() * row.length)] ?? 0;
  const samples = new Float32Array(seconds * RATE);
  const follow = slideS === 0 ? 1 : 1 - exp(-1 / (slideS * RATE));
  let [phase, pitch, begun, until, goal] = [0, 440, 0, 0, 440];
  for (let at = 0; at < samples.length; at += 1) {
    if (at >= until) [begun, until, goal] = [at, at + beatS * pick(BEATS) * RATE, 440 * 2 ** (pick(SCALE) / 12)];
    pitch += (goal - pitch) * follow;
    const into = (at - begun) / RATE;
    phase += (2 * PI * pitch * (1 + vibrato * min(1, into / 0.3) * sin((2 * PI * 5.5 * at) / RATE))) / RATE;
    if (at - begun > (until - begun) * legato) continue;
    let sum = 0;
    for (let harmonic = 0; harmonic < harmonics.length; harmonic += 1) sum += (harmonics[harmonic] ?? 0) * sin(phase * (harmonic + 1));
    samples[at] = 0.25 * exp(-decay * into) * sum;
  }
  return samples;
}

export function mixed(one: Float32Array, other: Float32Array): Float32Array {
  return one.map((sample, at) => 0.5 * sample + 0.5 * (other[at] ?? 0));
}

/** Echoes of 0.4 s, each at a little more than half the level of the one before. */
export function withEcho(samples: Float32Array): Float32Array {
  const out = Float32Array.from(samples);
  for (let at = 0.4 * RATE; at < out.length; at += 1) out[at] = (out[at] ?? 0) + 0.55 * (out[at - 0.4 * RATE] ?? 0);
  return out.map((sample) => sample * 0.45);
}

export function withNoise(samples: Float32Array, level: number): Float32Array {
  const random = seeded(11);
  return samples.map((sample) => sample + level * (2 * random() - 1));
}
