import { digestSchema, type Digest } from '#libs/contracts';
import { createOpusDecoder, rmsDbfs } from '#libs/audio';
import { sha256 } from '#libs/suites';
import { toHex } from '#libs/envelope';
import type { Sound } from '../hardware/sound-card';

/** What comes out of the decoder for one repetition, or the rest of one, before gain. */
export interface Decoded {
  /** SHA-256 over the samples, 16-bit little-endian. */
  readonly digest: Digest;
  /** RMS over all samples, dBFS; -Infinity for silence. */
  readonly levelDbfs: number;
}

/** 20 ms packets decoded between two pauses: about 3 ms of work. */
const PACKETS_A_TURN = 50;

/** All samples of the sounds, one after the other. `pause` lets others work in between. Null for packets that are no Opus. */
export async function decodeSamples(sounds: readonly Sound[], pause: () => Promise<void>): Promise<Float32Array | null> {
  const samples = new Float32Array(sounds.reduce((sum, sound) => sum + sound.samples, 0));
  let base = 0;
  for (const sound of sounds) {
    const decoder = createOpusDecoder();
    let at = -sound.preSkip;
    for (const [index, packet] of sound.packets.entries()) {
      if (index % PACKETS_A_TURN === PACKETS_A_TURN - 1) await pause();
      let decoded: Float32Array;
      try {
        decoded = decoder.decode(packet);
      } catch {
        return null;
      }
      const from = Math.max(0, -at);
      const until = Math.min(decoded.length, sound.samples - at);
      if (from < until) samples.set(decoded.subarray(from, until), base + at + from);
      at += decoded.length;
    }
    base += sound.samples;
  }
  return samples;
}

/** Digest and level of a repetition from sample `fromFrame` on. */
export async function decodeSounds(sounds: readonly Sound[], fromFrame: number, pause: () => Promise<void>): Promise<Decoded | null> {
  const samples = await decodeSamples(sounds, pause);
  return samples === null ? null : decodedFrom(samples, fromFrame);
}

/** The same of samples that are decoded already. */
export function decodedFrom(all: Float32Array, fromFrame: number): Decoded {
  const samples = all.subarray(fromFrame);
  return { digest: digestSchema.parse(toHex(sha256(pcm16(samples)))), levelDbfs: rmsDbfs(samples) };
}

/** Full scale +-1 to 16-bit little-endian. */
export function pcm16(samples: Float32Array): Uint8Array {
  const bytes = new Uint8Array(samples.length * 2);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < samples.length; index += 1) {
    view.setInt16(index * 2, Math.max(-32768, Math.min(32767, Math.round((samples[index] ?? 0) * 32768))), true);
  }
  return bytes;
}
