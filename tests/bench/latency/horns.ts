import { evanOpus } from '#libs/audio';
import { PACKET_MS } from '#libs/envelope';
import { heardAt, type HeardPackets, type SaidPacket } from '../../../apps/scripted-day/src/voice/heard-packets';
import { findChirps, LOOK_RATE, thinned } from './chirp';

/** Where chirps lie in a voice as a loudspeaker decodes it: in which packet, and how far in it, ms. */
export function chirpsSaid(said: readonly SaidPacket[]): readonly { readonly packet: number; readonly intoMs: number }[] {
  const decoder = evanOpus.createDecoder();
  const parts = said.map(({ opus }) => decoder.decode(opus));
  const sound = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let filled = 0;
  for (const part of parts) {
    sound.set(part, filled);
    filled += part.length;
  }
  return findChirps(thinned(sound)).map((at) => {
    const ms = (1_000 * at) / LOOK_RATE;
    const packet = Math.floor(ms / PACKET_MS);
    return { packet, intoMs: ms - packet * PACKET_MS };
  });
}

/** When each chirp left this card, by its place among `chirps`, Unix ms; one whose packet it did not sound is not in it. */
export function chirpsHeard(said: readonly SaidPacket[], chirps: ReturnType<typeof chirpsSaid>, heard: HeardPackets): ReadonlyMap<number, number> {
  const times = heardAt(said, heard);
  return new Map(chirps.flatMap(({ packet, intoMs }, place) => {
    const at = times.get(packet);
    return at === undefined ? [] : [[place, at + intoMs] as const];
  }));
}
