import { createOpusDecoder, encodeOggOpus, readOggOpusPackets, type Pcm } from '#libs/audio';
import { NO_BLOCK_BEFORE } from '#libs/envelope';
import type { CardVoice, LivePacket } from '../../../apps/terminal-agent/src/hardware/card-voice';
import type { PlayoutPlan } from '../../../apps/terminal-agent/src/live/playout-plan';

const PACKET_MS = 20;
const PACKETS_A_BLOCK = 5;

/** A voice in real Opus packets, and what a decoder makes of each that nothing disturbs. */
export interface Spoken {
  readonly packets: readonly Uint8Array[];
  readonly whole: readonly Float32Array[];
}

export function spoken(pcm: Pcm): Spoken {
  const read = readOggOpusPackets(encodeOggOpus(pcm, { bitrate: 24_000 }).bytes);
  if ('code' in read) throw new Error(read.code);
  const decoder = createOpusDecoder();
  return { packets: read.packets, whole: read.packets.map((packet) => decoder.decode(packet)) };
}

/** Gives a plan all of it, the last block as the end: its first sample to be heard at `heardAt`, district Unix ms. `lost`: blocks that never come. */
export function speakTo(plan: PlayoutPlan, { packets }: Spoken, heardAt: number, lost: ReadonlySet<number> = new Set()): void {
  for (let block = 0; block * PACKETS_A_BLOCK < packets.length; block += 1) {
    const own = packets.slice(block * PACKETS_A_BLOCK, (block + 1) * PACKETS_A_BLOCK);
    if (lost.has(block)) continue;
    plan.take({
      heardAt: heardAt + block * PACKETS_A_BLOCK * PACKET_MS,
      block: { end: (block + 1) * PACKETS_A_BLOCK >= packets.length, stream: '0'.repeat(32), seq: block + 1, capturedAt: 0, previous: NO_BLOCK_BEFORE, packets: own },
    });
  }
}

/** A plan as the voice of a card whose frames sound at `timeOf`, district Unix ms. */
export function voiceOf(plan: PlayoutPlan, timeOf: (frame: number) => number): CardVoice & { readonly told: readonly LivePacket[]; readonly frames: readonly number[] } {
  const [told, frames]: [LivePacket[], number[]] = [[], []];
  return {
    told, frames, next: (frame) => plan.next(timeOf(frame)),
    sounded: (packet, frame) => {
      told.push(packet);
      frames.push(frame);
    },
  };
}

export function joined(pieces: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Of a wish and what came instead, dB. */
export function snrDb(wish: Float32Array, heard: Float32Array): number {
  let [signal, noise] = [0, 0];
  for (let at = 0; at < wish.length; at += 1) {
    signal += (wish[at] ?? 0) ** 2;
    noise += ((wish[at] ?? 0) - (heard[at] ?? 0)) ** 2;
  }
  return 10 * Math.log10(signal / (noise + 1e-12));
}

/** By how many samples `heard` lags behind `wish`, at most `most` either way: the highest point of their cross-correlation. */
export function lagOf(wish: Float32Array, heard: Float32Array, most: number): number {
  let [best, highest] = [0, -Infinity];
  for (let lag = -most; lag <= most; lag += 1) {
    let sum = 0;
    for (let at = Math.max(0, -lag); at < wish.length && at + lag < heard.length; at += 1) sum += (wish[at] ?? 0) * (heard[at + lag] ?? 0);
    if (sum > highest) [best, highest] = [lag, sum];
  }
  return best;
}
