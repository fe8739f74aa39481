import type { CardVoice, LivePacket, Slot } from '../hardware/card-voice';
import { FRAMES_PER_MS } from '../hardware/sound-card';

/** A slot is asked for at the latest this long before it sounds, and then so many that the next one is not due at once. */
const LEAD_FRAMES = 60 * FRAMES_PER_MS;
const BATCH_FRAMES = 40 * FRAMES_PER_MS;

export interface VirtualVoiceEvents {
  /** Asked for: begins at this frame, if nothing cuts it off before. */
  onSlot(slot: Slot, frame: number): void;
  /** Its last sample has left the card; `frame` is that of its first. */
  onSounded(packet: LivePacket, frame: number): void;
}

interface Placed { readonly packet: LivePacket; readonly frame: number; readonly endFrame: number }

/** The voice of a job on a virtual card: slot by slot, each one behind the other. */
export class VirtualVoice {
  private sounding: Placed[] = [];
  private over = false;

  /** `position`: the frame at which its first slot begins. */
  constructor(private readonly voice: CardVoice, private position: number, private readonly events: VirtualVoiceEvents) {}

  /** Where the job ends, Infinity while the voice goes on. */
  get endFrame(): number {
    return this.over ? this.position : Infinity;
  }

  /** When it wants to be asked again. */
  get dueFrame(): number {
    return this.over ? Infinity : this.position - LEAD_FRAMES;
  }

  /** Asks for what begins soon and tells of what has sounded by now. */
  goTo(frame: number): void {
    this.tell(frame);
    if (this.dueFrame > frame) return;
    while (!this.over && this.position < frame + LEAD_FRAMES + BATCH_FRAMES) this.ask();
    this.tell(frame);
  }

  /** Every packet that was over by this frame has sounded. */
  tell(frame: number): void {
    for (let first = this.sounding[0]; first !== undefined && first.endFrame <= frame; first = this.sounding[0]) {
      this.sounding.shift();
      this.events.onSounded(first.packet, first.frame);
      this.voice.sounded(first.packet, first.frame);
    }
  }

  private ask(): void {
    const slot = this.voice.next(this.position);
    if (slot === undefined) {
      this.over = true;
      return;
    }
    const frame = this.position;
    this.position += slot.frames;
    if (slot.kind === 'packet') this.sounding.push({ packet: slot.packet, frame, endFrame: this.position });
    this.events.onSlot(slot, frame);
  }
}
