import type { Slot } from '../hardware/card-voice';
import { VoicePcm } from '../live/voice-pcm';

/** How loud a living voice was on a card that decodes it: RMS of its slots, silence left out. */
export class VoiceMeter {
  private readonly pcm = new VoicePcm();
  private squares = 0;
  private samples = 0;

  hear(slot: Slot): void {
    const samples = this.pcm.next(slot);
    if (slot.kind === 'silence') return;
    for (const sample of samples) this.squares += sample * sample;
    this.samples += samples.length;
  }

  /** dBFS before gain; null where nothing sounded. */
  levelDbfs(): number | null {
    return this.samples === 0 ? null : 10 * Math.log10(this.squares / this.samples);
  }
}
