/** A packet of a taken block, and when its first sample is to be heard: district Unix ms with fractions. */
export interface LivePacket {
  readonly heardAt: number;
  readonly opus: Uint8Array;
}

/** What a card does with its next frames while a voice is live; `frames` of the card's own clock, never none. */
export type Slot =
  /** Decoded, and drawn out or pressed together to `frames`. After a silence it `rises`: fades in. */
  | { readonly kind: 'packet'; readonly packet: LivePacket; readonly frames: number; readonly rises: boolean }
  /** What the decoder makes up for a packet that is not there (Opus PLC), cut to `frames`; the last before a silence `falls` to nothing over its length. */
  | { readonly kind: 'conceal'; readonly frames: number; readonly falls: boolean }
  | { readonly kind: 'silence'; readonly frames: number };

/**
 * The living voice of a job: it follows the job's recordings without a gap, and whoever drives the card asks for it slot by
 * slot, in order, a short lead ahead of when each sounds. The lead is what a stop and a late block lose, so it stays
 * below 200 ms.
 */
export interface CardVoice {
  /** What begins at this frame of the card, which is where the slot before it ended; undefined: nothing follows, the job has been played. */
  next(frame: number): Slot | undefined;
  /** The packet's last sample has left the card; `frame` is that of its first. Not said of one that was cut off in its middle. */
  sounded(packet: LivePacket, frame: number): void;
}
