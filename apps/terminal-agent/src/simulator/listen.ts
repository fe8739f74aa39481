import { SAMPLE_RATE, pcmOf, writeWav } from '#libs/audio';
import { sounded } from '../hardware/soft-edges';
import { decodeSamples } from '../playout/decode-sound';
import type { Played } from './card-log';

/** The last so many ms of a card as a WAV file. */
export async function wavOf(played: readonly Played[], now: number, lengthMs: number): Promise<Uint8Array> {
  const samples = new Float32Array((lengthMs * SAMPLE_RATE) / 1000);
  const began = now - lengthMs;
  for (const { startedAt, endedAt, gainDb, fromFrame, sounds } of played) {
    const decoded = (await decodeSamples(sounds, () => new Promise((resolve) => setImmediate(resolve))))?.subarray(fromFrame);
    if (decoded === undefined) continue;
    const from = Math.round(((startedAt - began) * SAMPLE_RATE) / 1000);
    const count = endedAt === null ? decoded.length : Math.round(((endedAt - startedAt) * SAMPLE_RATE) / 1000);
    const heard = sounded({ fromFrame, gainDb }, decoded, count);
    const until = Math.min(samples.length, from + heard.length);
    for (let at = Math.max(0, from); at < until; at += 1) samples[at] = heard[at - from] ?? 0;
  }
  return writeWav(pcmOf(samples));
}
