import { SAMPLE_RATE, pcmOf, type Pcm } from './pcm';

/**
 * The system's own sounds, made by formula here, so that nobody else's rights are touched and every build makes the same.
 *
 * | sound            | pitch (Hz)                                        | rhythm                                     |
 * |------------------|---------------------------------------------------|--------------------------------------------|
 * | siren rise-fall  | 523 587 659 784 880 784 659 587 523 (pentatonic)  | 9 steps of 200 ms, then 600 ms silence: 2.4 s |
 * | chime opening    | 659, 523, 784                                     | three struck tones, 420 ms apart, ringing out |
 * | chime closing    | 784, 523                                          | two struck tones, 420 ms apart, ringing out   |
 * | chime correction | 659, 659                                          | two equal chimes, 900 ms apart, ringing out   |
 * | chime all-clear  | 523, 784, 523                                     | three struck tones, 650 ms apart, ringing out |
 * | chime drill      | 440, 440, 523                                     | three struck tones, 700 ms apart, ringing out |
 *
 * What they must not be taken for, and why they are not (tests/unit/libs/audio/reserved-signals.spec.ts measures it):
 * - civil air-raid signals (36 s on and 24 s off three times; 6 s on and 6 s off fifteen times; three minutes steady):
 *   ours never holds a pitch over 200 ms, never glides, and pauses every 2.4 s;
 * - police, ambulance and fire sirens (continuous glides, or two tones in turn): ours climbs and descends in five fixed steps;
 * - earthquake early warning (short beeps, a count-down, a fast rising broken chord): ours is slow and comes down again; no chime strikes one tone more than twice, and each rings out.
 *
 * Levels: peak -4 dBFS, before normalising.
 */
export type SirenKind = 'rise-fall';
export type ChimeKind = 'opening' | 'closing' | 'correction' | 'all-clear' | 'drill';

const PEAK = 10 ** (-4 / 20);
const SIREN_STEPS_HZ: Readonly<Record<SirenKind, readonly number[]>> = {
  'rise-fall': [523.25, 587.33, 659.26, 783.99, 880, 783.99, 659.26, 587.33, 523.25],
};
const SIREN_STEP_MS = 200;
const SIREN_PAUSE_MS = 600;
/** Harmonics: horns and ears are strongest from 1 to 3 kHz, where these lie. */
const SIREN_HARMONICS = [1, 0.6, 0.45, 0.2];
const CHIMES: Readonly<Record<ChimeKind, { readonly notesHz: readonly number[]; readonly gapMs: number }>> = {
  opening: { notesHz: [659.26, 523.25, 783.99], gapMs: 420 },
  closing: { notesHz: [783.99, 523.25], gapMs: 420 },
  correction: { notesHz: [659.26, 659.26], gapMs: 900 },
  'all-clear': { notesHz: [523.25, 783.99, 523.25], gapMs: 650 },
  drill: { notesHz: [440, 440, 523.25], gapMs: 700 },
};
const CHIME_RING_MS = 1600;
const CHIME_PARTIALS: readonly (readonly [ratio: number, level: number])[] = [[1, 1], [2, 0.5], [3, 0.22], [4.2, 0.08]];

/** The emergency attention signal, for exactly `durationMs`; a run cut in the middle fades out in 10 ms. */
export function generateSiren(kind: SirenKind, durationMs: number): Pcm {
  const steps = SIREN_STEPS_HZ[kind];
  const samples = new Float32Array(samplesIn(durationMs));
  const stepSamples = samplesIn(SIREN_STEP_MS);
  const periodSamples = steps.length * stepSamples + samplesIn(SIREN_PAUSE_MS);
  for (let index = 0; index < samples.length; index += 1) {
    const within = index % periodSamples;
    const pitch = steps[Math.floor(within / stepSamples)];
    if (pitch === undefined) continue;
    const inStep = within % stepSamples;
    samples[index] = harmonicTone(pitch, inStep / SAMPLE_RATE) * edges(inStep, stepSamples, samplesIn(8));
  }
  fadeOut(samples, samplesIn(10));
  return pcmOf(toPeak(samples));
}

/** Every chime there is. */
export const CHIME_KINDS: readonly ChimeKind[] = ['opening', 'closing', 'correction', 'all-clear', 'drill'];

/** Struck tones: before a notice and after its end, before what takes a warning back, and to mark a drill. */
export function generateChime(kind: ChimeKind): Pcm {
  const { notesHz, gapMs } = CHIMES[kind];
  const samples = new Float32Array(samplesIn((notesHz.length - 1) * gapMs + CHIME_RING_MS));
  notesHz.forEach((pitch, note) => {
    const start = samplesIn(note * gapMs);
    for (let index = start; index < samples.length; index += 1) {
      const seconds = (index - start) / SAMPLE_RATE;
      const attack = Math.min(1, seconds / 0.004);
      samples[index] = (samples[index] ?? 0) + attack * struckTone(pitch, seconds);
    }
  });
  fadeOut(samples, samplesIn(200));
  return pcmOf(toPeak(samples));
}

function harmonicTone(pitch: number, seconds: number): number {
  const angle = 2 * Math.PI * pitch * seconds;
  return SIREN_HARMONICS.reduce((sum, level, index) => sum + level * Math.sin(angle * (index + 1)), 0);
}

function struckTone(pitch: number, seconds: number): number {
  return CHIME_PARTIALS.reduce((sum, [ratio, level]) => sum + level * Math.exp(-2.6 * ratio * seconds) * Math.sin(2 * Math.PI * pitch * ratio * seconds), 0);
}

/** Raised-cosine edges of a step, so that no click is heard. */
function edges(index: number, length: number, ramp: number): number {
  const distance = Math.min(index, length - 1 - index);
  return distance >= ramp ? 1 : 0.5 - 0.5 * Math.cos((Math.PI * distance) / ramp);
}

function fadeOut(samples: Float32Array, ramp: number): void {
  const from = Math.max(0, samples.length - ramp);
  for (let index = from; index < samples.length; index += 1) {
    samples[index] = (samples[index] ?? 0) * (0.5 + 0.5 * Math.cos((Math.PI * (index - from + 1)) / (samples.length - from)));
  }
}

function toPeak(samples: Float32Array): Float32Array {
  let loudest = 0;
  for (const sample of samples) if (sample > loudest || -sample > loudest) loudest = sample < 0 ? -sample : sample;
  return loudest === 0 ? samples : samples.map((sample) => (sample / loudest) * PEAK);
}

function samplesIn(milliseconds: number): number {
  return Math.round((milliseconds * SAMPLE_RATE) / 1000);
}
