import { SAMPLE_RATE, pcmOf, type Pcm } from '#libs/audio';

// In the test runner every look-up of a global is slow; these loops are long.
const { sin, cos, exp, min, PI } = Math;

export function sine(hertz: number, durationMs: number, amplitude: number, rate = SAMPLE_RATE): Float32Array {
  return Float32Array.from({ length: Math.round((durationMs * rate) / 1000) }, (_, index) => amplitude * sin((2 * PI * hertz * index) / rate));
}

export function sinePcm(hertz: number, durationMs: number, amplitude: number): Pcm {
  return pcmOf(sine(hertz, durationMs, amplitude));
}

/** Repeatable pseudo-random numbers in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

/** Something like speech: syllables of harmonics with pauses, crest factor near 15 dB. */
export function speechLike(durationMs: number, amplitude: number): Pcm {
  const random = seeded(7);
  const samples = new Float32Array(Math.round((durationMs * SAMPLE_RATE) / 1000));
  const syllable = SAMPLE_RATE * 0.22;
  let pitch = 140;
  for (let index = 0; index < samples.length; index += 1) {
    const within = index % syllable;
    if (within < 1) pitch = 110 + random() * 90;
    const envelope = within < syllable * 0.75 ? exp(-within / (syllable * 0.3)) * min(1, within / 300) : 0;
    let sum = 0;
    for (let harmonic = 1; harmonic <= 14; harmonic += 1) sum += sin((2 * PI * pitch * harmonic * index) / SAMPLE_RATE) / harmonic ** 0.5;
    samples[index] = (amplitude * envelope * sum) / 6;
  }
  return pcmOf(samples);
}

/** Level in dB of one frequency in a stretch, against a full-scale sine (Goertzel). */
export function toneDb(samples: Float32Array, hertz: number, rate = SAMPLE_RATE): number {
  let real = 0;
  let imaginary = 0;
  let windowSum = 0;
  samples.forEach((sample, index) => {
    const window = 0.5 - 0.5 * cos((2 * PI * index) / samples.length);
    windowSum += window;
    real += window * sample * cos((2 * PI * hertz * index) / rate);
    imaginary += window * sample * sin((2 * PI * hertz * index) / rate);
  });
  return 20 * Math.log10((2 * Math.hypot(real, imaginary)) / windowSum);
}

export type WavShape = {
  readonly channels?: number;
  readonly rate?: number;
  readonly kind?: 'u8' | 's16' | 's24' | 's32' | 'f32';
  readonly extensible?: boolean;
  readonly before?: readonly (readonly [string, Uint8Array])[];
  readonly after?: readonly (readonly [string, Uint8Array])[];
  readonly dataLength?: number;
};

/** Builds WAV files of every kind, right and wrong; `frames` holds one array per channel. */
export function makeWav(frames: readonly Float32Array[], shape: WavShape = {}): Uint8Array {
  const { rate = SAMPLE_RATE, kind = 's16', extensible = false } = shape;
  const channels = shape.channels ?? frames.length;
  const bytesPer = { u8: 1, s16: 2, s24: 3, s32: 4, f32: 4 }[kind];
  const count = frames[0]?.length ?? 0;
  const body = new DataView(new ArrayBuffer(count * frames.length * bytesPer));
  for (let index = 0; index < count; index += 1) {
    frames.forEach((channel, channelIndex) => {
      const at = (index * frames.length + channelIndex) * bytesPer;
      const value = channel[index] ?? 0;
      if (kind === 'u8') body.setUint8(at, Math.round(value * 127) + 128);
      if (kind === 's16') body.setInt16(at, Math.round(value * 32767), true);
      if (kind === 's24') {
        const scaled = Math.round(value * 8388607);
        body.setUint8(at, scaled & 255);
        body.setUint8(at + 1, (scaled >> 8) & 255);
        body.setInt8(at + 2, scaled >> 16);
      }
      if (kind === 's32') body.setInt32(at, Math.round(value * 2147483647), true);
      if (kind === 'f32') body.setFloat32(at, value, true);
    });
  }
  const format = new DataView(new ArrayBuffer(extensible ? 40 : 16));
  const tag = kind === 'f32' ? 3 : 1;
  format.setUint16(0, extensible ? 0xfffe : tag, true);
  format.setUint16(2, channels, true);
  format.setUint32(4, rate, true);
  format.setUint32(8, rate * channels * bytesPer, true);
  format.setUint16(12, channels * bytesPer, true);
  format.setUint16(14, bytesPer * 8, true);
  if (extensible) {
    format.setUint16(16, 22, true);
    format.setUint16(18, bytesPer * 8, true);
    format.setUint16(24, tag, true);
    new Uint8Array(format.buffer).set([0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71], 26);
  }
  const chunks: readonly (readonly [string, Uint8Array])[] = [
    ...(shape.before ?? []),
    ['fmt ', new Uint8Array(format.buffer)],
    ['data', new Uint8Array(body.buffer)],
    ...(shape.after ?? []),
  ];
  const parts = chunks.map(([id, bytes]) => {
    const part = new Uint8Array(8 + bytes.length + (bytes.length % 2));
    part.set(new TextEncoder().encode(id));
    new DataView(part.buffer).setUint32(4, id === 'data' ? (shape.dataLength ?? bytes.length) : bytes.length, true);
    part.set(bytes, 8);
    return part;
  });
  const total = 12 + parts.reduce((sum, part) => sum + part.length, 0);
  const file = new Uint8Array(total);
  file.set(new TextEncoder().encode('RIFF'));
  new DataView(file.buffer).setUint32(4, total - 8, true);
  file.set(new TextEncoder().encode('WAVE'), 8);
  let at = 12;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}
