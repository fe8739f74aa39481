import { createOpusDecoder } from './opus-codec';
import { SAMPLE_RATE, pcmOf, type Pcm } from './pcm';
import { refuseAudio, type AudioRefusal } from './refusal';

/** One Opus stream as its container hands it over; packets are views into the file's bytes. */
export type OpusStream = {
  readonly channels: 1 | 2;
  /** Samples at 48 kHz to throw away at the start of the decoded stream. */
  readonly preSkip: number;
  /** Gain to apply after decoding, Q7.8 dB (0 in everything we write). */
  readonly outputGain: number;
  readonly packets: readonly Uint8Array[];
  /** Samples that are heard: after pre-skip and without the padding at the end. */
  readonly samples: number;
  readonly durationMs: number;
};

/** Decodes a stream from anywhere to 48 kHz mono, pre-skip and end padding removed. `file` names its container in refusals. Never throws. */
export function decodeOpusStream(stream: OpusStream, maxSamples: number, file: string): { readonly ok: true; readonly pcm: Pcm } | AudioRefusal {
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
      return refuseAudio('AUDIO_UNREADABLE', `The ${file} file holds a packet that cannot be decoded.`);
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
