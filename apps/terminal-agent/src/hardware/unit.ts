/** What else the box has. Hardware beyond the sound card answers through this port. */
export interface Unit {
  /** Whether a battery keeps the wall clock over a power cut (design 4, "Beacon"). */
  readonly batteryClock: boolean;
  supply(): 'mains' | 'battery';
  muted(): boolean;
  /** Switches the amplifier; it is on from just before the first sample until after the last. */
  amplifier(on: boolean): void;
}

/** A unit without an amplifier to switch: a virtual card, a computer's loudspeaker. */
export function plainUnit(batteryClock: boolean): Unit {
  return { batteryClock, supply: () => 'mains', muted: () => false, amplifier: () => undefined };
}
