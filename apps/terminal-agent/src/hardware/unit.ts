/** What the sensors behind the card said of one sound. Null where the box has no such sensor. */
export interface Sensed {
  /** Whether the amplifier drew current. */
  readonly drewCurrent: boolean | null;
  /** RMS level that the loopback heard, hundredths of a dBFS on the card's scale. */
  readonly loopbackCentiDbfs: number | null;
}

/** What else the box has. Hardware beyond the sound card answers through this port. */
export interface Unit {
  /** Whether a battery keeps the wall clock over a power cut (design 4, "Beacon"). */
  readonly batteryClock: boolean;
  supply(): 'mains' | 'battery';
  /** The mute switch on the box. */
  muted(): boolean;
  /** Where the knob on the box stands, 0 to 1000. Switch and knob are read, not obeyed: an actual emergency overrides both. */
  volumePermille(): number;
  /** Switches the amplifier; it is on from just before the first sample until after the last. */
  amplifier(on: boolean): void;
  /** What the sensors said of the sound that has just ended. */
  sensed(): Sensed;
  /** RMS level that the loopback hears now, hundredths of a dBFS, whoever makes the sound; absent where the box has none. */
  readonly hearsNow?: () => number | null;
}

/** A unit without an amplifier to switch and without sensors: a computer's loudspeaker. */
export function plainUnit(batteryClock: boolean): Unit {
  return {
    batteryClock, supply: () => 'mains', muted: () => false, volumePermille: () => 1000, amplifier: () => undefined,
    sensed: () => ({ drewCurrent: null, loopbackCentiDbfs: null }),
  };
}
