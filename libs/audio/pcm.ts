/**
 * The one shape of sound inside the system: 48 kHz, mono, 32 bit float, full scale +-1.
 * Everything that is read becomes this; everything that is encoded starts from this.
 */
export const SAMPLE_RATE = 48000;

export type Pcm = {
  readonly sampleRate: 48000;
  readonly samples: Float32Array;
};

/** Takes the samples over; the caller must not write to them afterwards. */
export function pcmOf(samples: Float32Array): Pcm {
  return { sampleRate: SAMPLE_RATE, samples };
}

export function durationMsOf(pcm: Pcm): number {
  return Math.round(pcm.samples.length / (SAMPLE_RATE / 1000));
}

/** Silence of the given length. */
export function silence(durationMs: number): Pcm {
  return pcmOf(new Float32Array(Math.round((durationMs * SAMPLE_RATE) / 1000)));
}

/** Joins pieces without a gap: siren, then speech. */
export function joinPcm(pieces: readonly Pcm[]): Pcm {
  const joined = new Float32Array(pieces.reduce((sum, piece) => sum + piece.samples.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece.samples, at);
    at += piece.samples.length;
  }
  return pcmOf(joined);
}
