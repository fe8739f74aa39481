import { SAMPLE_RATE, pcmOf, writeWav } from '#libs/audio';
import { PACKET_MS } from '#libs/trust';
import { sounded } from '../hardware/soft-edges';
import { PACKET_FRAMES } from '../live/playout-plan';
import { VoicePcm } from '../live/voice-pcm';
import { decodeSamples } from '../playout/decode-sound';
import type { Played } from './card-log';
import type { HeardPacket } from './voice-log';

/** Packets decoded between two pauses: about 3 ms of work. */
const PACKETS_A_TURN = 50;

/** The last so many ms of a card as a WAV file; `voice`: packets of living voices, each at its moment, what was made up between them left out. */
export async function wavOf(played: readonly Played[], now: number, lengthMs: number, voice: readonly HeardPacket[] = []): Promise<Uint8Array> {
  const samples = new Float32Array((lengthMs * SAMPLE_RATE) / 1000);
  const placeOf = (at: number): number => Math.round(((at - now + lengthMs) * SAMPLE_RATE) / 1000);
  const put = (heard: Float32Array, from: number): void => {
    const until = Math.min(samples.length, from + heard.length);
    for (let at = Math.max(0, from); at < until; at += 1) samples[at] = heard[at - from] ?? 0;
  };
  for (const { startedAt, endedAt, gainDb, fromFrame, sounds } of played) {
    const decoded = (await decodeSamples(sounds, pause))?.subarray(fromFrame);
    if (decoded === undefined) continue;
    const count = endedAt === null ? decoded.length : Math.round(((endedAt - startedAt) * SAMPLE_RATE) / 1000);
    put(sounded({ fromFrame, gainDb }, decoded, count), placeOf(startedAt));
  }
  const pcm = new VoicePcm();
  let endedAt = -Infinity;
  for (const [index, { at, opus }] of voice.entries()) {
    if (index % PACKETS_A_TURN === PACKETS_A_TURN - 1) await pause();
    const gain = 10 ** ((played.findLast(({ startedAt }) => startedAt <= at)?.gainDb ?? 0) / 20);
    const heard = pcm.next({ kind: 'packet', packet: { heardAt: at, opus }, frames: PACKET_FRAMES, rises: at - endedAt > PACKET_MS });
    endedAt = at + PACKET_MS;
    put(heard.map((sample) => sample * gain), placeOf(at));
  }
  return writeWav(pcmOf(samples));
}

function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
