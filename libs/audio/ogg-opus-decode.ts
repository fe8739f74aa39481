import { readOggOpusPackets } from './ogg-opus-read';
import { createOpusDecoder } from './opus-codec';
import { SAMPLE_RATE, pcmOf, type Pcm } from './pcm';
import { refuseAudio, type AudioRefusal, type AudioRefusalCode } from './refusal';

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
  if (!stream.ok) return stream;
  if (stream.samples > maxSamples) return refuseAudio('AUDIO_TOO_LONG', `The recording is longer than ${maxSamples / SAMPLE_RATE} seconds.`);
  const decoder = createOpusDecoder();
  const gain = 10 ** (stream.outputGain / 256 / 20);
  const samples = new Float32Array(stream.samples);
  let at = -stream.preSkip;
  for (const packet of stream.packets) {
    let decoded: Float32Array;
    try {
      decoded = decoder.decode(packet);
    } catch {
      return refuseAudio('AUDIO_UNREADABLE', 'The Ogg Opus file holds a packet that cannot be decoded.');
    }
    const from = Math.max(0, -at);
    const until = Math.min(decoded.length, samples.length - at);
    if (from < until) {
      const heard = decoded.subarray(from, until);
      samples.set(gain === 1 ? heard : heard.map((sample) => sample * gain), at + from);
    }
    at += decoded.length;
  }
  return { ok: true, pcm: pcmOf(samples) };
}

/** The same for media this system made and whose digest was checked: anything wrong is a fault, thrown as AudioRefusedError. */
export function decodeOggOpus(bytes: Uint8Array): Pcm {
  const read = readOggOpus(bytes);
  if (!read.ok) throw new AudioRefusedError(read);
  return read.pcm;
}
