import { readOggOpusPackets } from './ogg-opus-read';
import { decodeOpusStream } from './opus-stream';
import type { Pcm } from './pcm';
import type { AudioRefusal, AudioRefusalCode } from './refusal';

export class AudioRefusedError extends Error {
  readonly code: AudioRefusalCode;
  constructor(refusal: AudioRefusal) {
    super(refusal.sentence);
    this.name = 'AudioRefusedError';
    this.code = refusal.code;
  }
}

/** Decodes an Ogg Opus file from anywhere to 48 kHz mono, pre-skip and end padding removed. Refuses with a code, never throws. */
export function readOggOpus(bytes: Uint8Array, maxSamples = Infinity): { readonly ok: true; readonly pcm: Pcm } | AudioRefusal {
  const stream = readOggOpusPackets(bytes);
  return stream.ok ? decodeOpusStream(stream, maxSamples, 'Ogg Opus') : stream;
}

/** The same for media this system made and whose digest was checked: anything wrong is a fault, thrown as AudioRefusedError. */
export function decodeOggOpus(bytes: Uint8Array): Pcm {
  const read = readOggOpus(bytes);
  if (!read.ok) throw new AudioRefusedError(read);
  return read.pcm;
}
