import { createOpusDecoder, type OpusDecoder } from '#libs/audio';
import type { Slot } from '../hardware/card-voice';
import { FADE_FRAMES } from '../hardware/sound-card';
import { PACKET_FRAMES } from './playout-plan';

const NOTHING: Float32Array = new Float32Array(0);

/**
 * What a card sounds of a living voice: the samples of each slot of its plan, exactly as many as the slot says, full scale
 * +-1, before gain. Nothing steps at a seam: a packet is drawn out or pressed together over its whole length, what was made
 * up runs over into the packet behind it, what comes after a silence rises, what goes into one falls. The slots come in
 * order, each once.
 */
export class VoicePcm {
  private decoder: OpusDecoder;
  /** Made up and not asked for: how the hole would have gone on. */
  private rest = NOTHING;
  private sounds = false;

  constructor(private readonly open: () => OpusDecoder = createOpusDecoder) {
    this.decoder = open();
  }

  next(slot: Slot): Float32Array {
    this.sounds = slot.kind === 'packet' || (slot.kind === 'conceal' && !slot.falls);
    switch (slot.kind) {
      case 'packet':
        return this.packet(slot.packet.opus, slot.frames, slot.rises);
      case 'conceal':
        return slot.falls ? fallen(this.madeUp(slot.frames)) : this.madeUp(slot.frames);
      case 'silence':
        return new Float32Array(slot.frames);
    }
  }

  /** Behind the last slot: the voice falls, where it has not; nothing where it has. */
  close(): Float32Array {
    return this.sounds ? this.next({ kind: 'conceal', frames: FADE_FRAMES, falls: true }) : NOTHING;
  }

  private packet(opus: Uint8Array, frames: number, rises: boolean): Float32Array {
    if (rises) {
      // What a decoder remembers from before a silence would make the first packets behind it up to five times too loud.
      this.decoder = this.open();
      this.rest = NOTHING;
    }
    const joint = this.rest;
    this.rest = NOTHING;
    const samples = stretched(this.decoded(opus), frames);
    if (rises) for (let at = 0; at < FADE_FRAMES; at += 1) samples[at] = (samples[at] ?? 0) * (at / FADE_FRAMES);
    const length = Math.min(FADE_FRAMES, joint.length);
    for (let at = 0; at < length; at += 1) samples[at] = (joint[at] ?? 0) + ((samples[at] ?? 0) - (joint[at] ?? 0)) * (at / length);
    return samples;
  }

  /** A signed packet that is no Opus, or not of 20 ms, is its speaker's fault and no reason to fall silent. */
  private decoded(opus: Uint8Array): Float32Array {
    try {
      const samples = this.decoder.decode(opus);
      if (samples.length === PACKET_FRAMES) return samples;
    } catch {
      // As one that is not there.
    }
    return this.madeUp(PACKET_FRAMES);
  }

  private madeUp(frames: number): Float32Array {
    const samples = new Float32Array(frames);
    for (let at = 0; at < frames;) {
      if (this.rest.length === 0) this.rest = this.decoder.conceal();
      const piece = this.rest.subarray(0, frames - at);
      samples.set(piece, at);
      at += piece.length;
      this.rest = this.rest.subarray(piece.length);
    }
    return samples;
  }
}

/** As many samples as asked, by straight lines between those that there are: of a frame more or less nobody hears it. */
function stretched(samples: Float32Array, frames: number): Float32Array {
  if (frames === samples.length) return samples;
  const step = samples.length / frames;
  const last = samples.length - 1;
  return Float32Array.from({ length: frames }, (_, index) => {
    const at = Math.min(last, index * step);
    const before = Math.floor(at);
    const from = samples[before] ?? 0;
    return from + ((samples[Math.min(last, before + 1)] ?? 0) - from) * (at - before);
  });
}

function fallen(samples: Float32Array): Float32Array {
  return samples.map((sample, at) => sample * (1 - (at + 1) / samples.length));
}
