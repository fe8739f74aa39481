import { PACKET_MS, type TakenBlock } from '#libs/trust';
import type { LivePacket, Slot } from '../hardware/card-voice';
import { FADE_FRAMES, FRAMES_PER_MS } from '../hardware/sound-card';

export type { LivePacket, Slot };

export const PACKET_FRAMES = PACKET_MS * FRAMES_PER_MS;
/** Made-up sound in a row, ms, its fall included; after it silence. */
export const CONCEAL_MS = 100;
/** An error up to this is left alone, ms. */
export const FINE_MS = 1;
/** An error above this is not slewed: one jump, in a silence. */
export const JUMP_MS = 30;
/** Frames by which a packet is longer or shorter while an error is slewed: 0.1 %, of 0.2 % that nobody hears. */
const SLEW_FRAMES = 1;
/** Packets whose captures are this near to end and beginning are one stretch of voice, ms; a larger hole is a hole. */
const SEAM_MS = 5;
/** No packet waits longer: a genuine one is captured at most 5 s ahead and heard at most 3 s after that. */
const KEPT_MS = 10_000;

/**
 * Which packet, made-up sound or silence fills each stretch of a card while a voice is live (design 5 "Live"). Pure: whoever
 * feeds the card says at what district time its next frame will sound, by the estimate of that moment, and gets what to put
 * there. A voice sounds at its time or not at all: what is late is left out, and the time line never shifts. The first
 * sample, and each one after a hole, is placed to the frame; within a stretch of voice errors are slewed, and above
 * `JUMP_MS` the voice falls silent and comes back at its time. Takes only what `judgeBlock` took.
 */
export class PlayoutPlan {
  /** In the order of the stream. */
  private waiting: readonly LivePacket[] = [];
  /** When the last packet that sounded is over by the voice's own time; undefined when something else sounded after it. */
  private runsUntil: number | undefined;
  /** Of made-up sound in a row; at `CONCEAL_MS` there is silence. */
  private concealedMs = CONCEAL_MS;
  /** District time up to which it is settled what sounds. */
  private settledUntil: number;
  private saidAt = Infinity;
  private over = false;

  /** `opensAt`: nothing that would have to be heard earlier sounds, for the chime did, or something of higher rank. */
  constructor(private opensAt: number) {
    this.settledUntil = opensAt;
  }

  /** When the last sample of the voice is over, district Unix ms; Infinity before its end is known. */
  get endsAt(): number {
    return this.saidAt;
  }

  /** Voice that lies ready, ms. */
  get readyMs(): number {
    return PACKET_MS * this.waiting.filter(({ heardAt }) => heardAt >= this.settledUntil - FINE_MS).length;
  }

  /** True for a block that came too late to be heard whole. Nothing counts after the end. */
  take({ block, heardAt }: Pick<TakenBlock, 'block' | 'heardAt'>): boolean {
    if (this.endsAt !== Infinity) return false;
    const packets = block.packets.map((opus, index): LivePacket => ({ heardAt: heardAt + index * PACKET_MS, opus }));
    const endsAt = heardAt + packets.length * PACKET_MS;
    if (block.end) this.saidAt = endsAt;
    this.waiting = [...this.waiting.filter((packet) => packet.heardAt >= endsAt - KEPT_MS), ...packets];
    return packets.some((packet) => packet.heardAt >= this.opensAt && packet.heardAt < this.settledUntil - FINE_MS);
  }

  /** Something else had the card until now: the voice goes on with what is said then. */
  reopen(opensAt: number): void {
    this.opensAt = opensAt;
    this.settledUntil = opensAt;
    this.hush();
  }

  /** Nobody lets it go on at the frame that sounds at `slotAt`: silent within the fade. `next` comes back with what is said then. */
  rest(slotAt: number): Slot {
    const sounds = this.concealedMs < CONCEAL_MS;
    this.hush();
    const slot: Slot = sounds ? { kind: 'conceal', frames: FADE_FRAMES, falls: true } : { kind: 'silence', frames: PACKET_FRAMES };
    this.settledUntil = slotAt + slot.frames / FRAMES_PER_MS;
    return slot;
  }

  /** What begins at the frame that sounds at `slotAt`, district Unix ms; undefined when the last sample of the voice came before it. */
  next(slotAt: number): Slot | undefined {
    if (this.over) return undefined;
    const slot = this.continued(slotAt) ?? this.filled(slotAt);
    if (slot === undefined) this.over = true;
    else this.settledUntil = slotAt + slot.frames / FRAMES_PER_MS;
    return slot;
  }

  /** The packet right behind the one that sounded, slewed; or the fall before a jump. */
  private continued(slotAt: number): Slot | undefined {
    const [due] = this.waiting;
    if (this.runsUntil === undefined || due === undefined || Math.abs(due.heardAt - this.runsUntil) > SEAM_MS) return undefined;
    const errorMs = due.heardAt - slotAt;
    if (Math.abs(errorMs) <= JUMP_MS) return this.sound(due, PACKET_FRAMES + (Math.abs(errorMs) <= FINE_MS ? 0 : Math.sign(errorMs) * SLEW_FRAMES));
    this.hush();
    return { kind: 'conceal', frames: FADE_FRAMES, falls: true };
  }

  /** The way to the next packet that can still be heard at its time, then that packet. */
  private filled(slotAt: number): Slot | undefined {
    const earliest = Math.max(slotAt, this.opensAt) - FINE_MS;
    const first = this.waiting.findIndex(({ heardAt }) => heardAt >= earliest);
    this.waiting = first < 0 ? [] : this.waiting.slice(first);
    const [due] = this.waiting;
    if (due === undefined && this.isSaid(slotAt)) return undefined;
    const waitFrames = Math.round(((due?.heardAt ?? this.endsAt) - slotAt) * FRAMES_PER_MS);
    const isSilent = this.concealedMs >= CONCEAL_MS;
    // Made-up sound is not worth making for less than what is left alone; silence is placed to the frame.
    if (due !== undefined && waitFrames <= (isSilent ? 0 : FINE_MS * FRAMES_PER_MS)) return this.sound(due, PACKET_FRAMES);
    const frames = Math.max(1, Math.min(PACKET_FRAMES, waitFrames));
    this.runsUntil = undefined;
    return isSilent ? { kind: 'silence', frames } : this.conceal(frames);
  }

  /** The end is known, and no sample of it is left. */
  private isSaid(slotAt: number): boolean {
    return (this.runsUntil ?? slotAt) >= this.endsAt - (this.runsUntil === undefined ? 0 : SEAM_MS);
  }

  private sound(packet: LivePacket, frames: number): Slot {
    const rises = this.concealedMs >= CONCEAL_MS;
    this.waiting = this.waiting.slice(1);
    this.runsUntil = packet.heardAt + PACKET_MS;
    this.concealedMs = 0;
    return { kind: 'packet', packet, frames, rises };
  }

  private conceal(most: number): Slot {
    const frames = Math.min(most, Math.round((CONCEAL_MS - this.concealedMs) * FRAMES_PER_MS));
    this.concealedMs += frames / FRAMES_PER_MS;
    // Less than a frame is no rest.
    if (CONCEAL_MS - this.concealedMs < 1 / FRAMES_PER_MS) this.concealedMs = CONCEAL_MS;
    return { kind: 'conceal', frames, falls: this.concealedMs === CONCEAL_MS };
  }

  private hush(): void {
    this.runsUntil = undefined;
    this.concealedMs = CONCEAL_MS;
  }
}
