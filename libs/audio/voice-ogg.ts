import { FRAME_SAMPLES, writeOggOpus } from './ogg-opus-write';
import { opusPacketSamples } from './opus-packet';

/** A packet of 20 ms without a frame in it: the decoder conceals what is missing (RFC 6716 3.1, RFC 7845 4.1). CELT, full band, mono. */
const NOTHING = Uint8Array.of(0xf8);

export interface VoiceOgg {
  readonly bytes: Uint8Array;
  readonly durationMs: number;
  /** Which of the packets given is no Opus packet of 20 ms: counted from 0, concealed like one that is missing. */
  readonly unsound: readonly number[];
}

/**
 * A recorded voice as Ogg Opus: its packets as they were signed, one after the other; a missing one (null) takes its 20 ms as
 * a packet that asks for concealment, so that everything behind it stands at its time. The same packets give the same bytes,
 * by which an exported file is checked: write it again and compare. Nothing is cut at the beginning, where loudspeakers cut
 * nothing either. Throws RangeError without a packet.
 */
export function writeVoiceOgg(packets: readonly (Uint8Array | null)[]): VoiceOgg {
  const unsound = packets.flatMap((packet, n) => (packet !== null && opusPacketSamples(packet) !== FRAME_SAMPLES ? [n] : []));
  const wrong = new Set(unsound);
  const samples = packets.length * FRAME_SAMPLES;
  const bytes = writeOggOpus(packets.map((packet, n) => (packet === null || wrong.has(n) ? NOTHING : packet)), { preSkip: 0, samples });
  return { bytes, durationMs: samples / 48, unsound };
}
