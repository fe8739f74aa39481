import { SAMPLE_RATE, pcmOf, writeWav } from '#libs/audio';
import { decodeSamples } from '../playout/decode-sound';
import type { Played } from './card-log';

/** The last so many ms of a card as a WAV file. */
export async function wavOf(played: readonly Played[], now: number, lengthMs: number): Promise<Uint8Array> {
  const samples = new Float32Array((lengthMs * SAMPLE_RATE) / 1000);
  const began = now - lengthMs;
  for (const { startedAt, endedAt, gainDb, fromFrame, sounds } of played) {
    const decoded = (await decodeSamples(sounds, () => new Promise((resolve) => setImmediate(resolve))))?.subarray(fromFrame);
    if (decoded === undefined) continue;
    const gain = 10 ** (gainDb / 20);
    const from = Math.round(((startedAt - began) * SAMPLE_RATE) / 1000);
    const until = Math.min(samples.length, from + decoded.length, Math.round((((endedAt ?? now) - began) * SAMPLE_RATE) / 1000));
    for (let at = Math.max(0, from); at < until; at += 1) samples[at] = (decoded[at - from] ?? 0) * gain;
  }
  return writeWav(pcmOf(samples));
}
