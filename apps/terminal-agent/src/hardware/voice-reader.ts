import { VoicePcm } from '../live/voice-pcm';
import type { CardVoice, LivePacket } from './card-voice';

/** Reads the samples of a job's voice, asking for slots as it goes, and tells of each packet that has sounded. */
export class VoiceReader {
  private readonly pcm = new VoicePcm();
  private rest: Float32Array = new Float32Array(0);
  private over = false;
  /** Asked for and not told of yet, the frame of the first sample of each and the one behind its last. */
  private underWay: { readonly packet: LivePacket; readonly frame: number; readonly endFrame: number }[] = [];

  constructor(private readonly voice: CardVoice) {}

  /** Fills `into`, the first of which sounds at `frame`; returns how many samples there still were: fewer only at the end. */
  read(into: Float32Array, frame: number): number {
    let at = 0;
    while (at < into.length) {
      if (this.rest.length === 0 && !this.ask(frame + at)) break;
      const piece = this.rest.subarray(0, into.length - at);
      into.set(piece, at);
      at += piece.length;
      this.rest = this.rest.subarray(piece.length);
    }
    return at;
  }

  /** Every packet that was over by this frame has sounded. */
  tell(frame: number): void {
    for (let first = this.underWay[0]; first !== undefined && first.endFrame <= frame; first = this.underWay[0]) {
      this.underWay.shift();
      this.voice.sounded(first.packet, first.frame);
    }
  }

  /** False at the end of everything. */
  private ask(frame: number): boolean {
    if (this.over) return false;
    const slot = this.voice.next(frame);
    if (slot === undefined) {
      this.over = true;
      this.rest = this.pcm.close();
      return this.rest.length > 0;
    }
    if (slot.kind === 'packet') this.underWay.push({ packet: slot.packet, frame, endFrame: frame + slot.frames });
    this.rest = this.pcm.next(slot);
    return true;
  }
}
