import { createOpusDecoder, type OpusDecoder } from '#libs/audio';
import type { Sound } from './sound-card';

/** The packets of one repetition are no Opus. */
export class UndecodableError extends Error {
  readonly code = 'SOUND_UNDECODABLE';
}

/** Reads the samples of sounds one after the other, decoding as it goes: a packet of 20 ms costs some 30 us. */
export class SoundReader {
  private rest: Float32Array = new Float32Array(0);
  private sound = 0;
  private packet = 0;
  /** Samples of the current sound still to be thrown away, and still to be given. */
  private skip = 0;
  private left = 0;
  private decoder: OpusDecoder | undefined;

  /** `ahead`: samples of the whole to leave out at the start. */
  constructor(private readonly sounds: readonly Sound[], private ahead = 0) {}

  /** Fills `into` from `from`; returns how many samples there still were. Throws UndecodableError. */
  read(into: Float32Array, from: number): number {
    let at = from;
    while (at < into.length) {
      if (this.rest.length === 0 && !this.decodeMore()) break;
      const piece = this.rest.subarray(0, into.length - at);
      into.set(piece, at);
      at += piece.length;
      this.rest = this.rest.subarray(piece.length);
    }
    return at - from;
  }

  /** False at the end of everything. */
  private decodeMore(): boolean {
    for (;;) {
      const sound = this.sounds[this.sound];
      if (sound === undefined) return false;
      if (this.decoder === undefined) {
        this.decoder = createOpusDecoder();
        const leftOut = Math.min(this.ahead, sound.samples);
        this.ahead -= leftOut;
        [this.packet, this.skip, this.left] = [0, sound.preSkip + leftOut, sound.samples - leftOut];
      }
      const packet = sound.packets[this.packet];
      if (this.left === 0) {
        this.decoder = undefined;
        this.sound += 1;
        continue;
      }
      this.rest = packet === undefined ? new Float32Array(this.left) : this.decode(packet);
      this.packet += 1;
      this.left -= this.rest.length;
      if (this.rest.length > 0) return true;
    }
  }

  private decode(packet: Uint8Array): Float32Array {
    let samples: Float32Array;
    try {
      samples = this.decoder?.decode(packet) ?? new Float32Array(0);
    } catch (cause) {
      throw new UndecodableError('A packet is no Opus.', { cause });
    }
    const skipped = Math.min(this.skip, samples.length);
    this.skip -= skipped;
    return samples.slice(skipped, Math.min(samples.length, skipped + this.left));
  }
}
