import type { MessageClass, Mode, VolumeBand, VolumeHours } from '#libs/contracts';
import { VOLUME_DB } from './classes';
import { inDayBand } from './quiet-hours';

/** What decides how loud one repetition is. */
export interface VolumeFacts {
  readonly class: MessageClass;
  readonly mode: Mode;
  /** As approved in the message. */
  readonly band: VolumeBand;
  /** Of every roster of the terminal's lineage. */
  readonly volumeHours: readonly VolumeHours[];
  /** Of the terminal's assignment. */
  readonly maxVolume: VolumeBand;
  /** The knob on the unit: 1000 is fully open. */
  readonly knobPermille: number;
  /** The switch on the unit. */
  readonly muted: boolean;
  /** When the repetition begins, Unix ms. */
  readonly at: number;
}

export interface PlaybackGain {
  /** Gain below the terminal's own full level, dB, never above 0 and always finite. */
  readonly db: number;
  /** Nothing may be played: the switch is off or the knob is closed. */
  readonly muted: boolean;
}

/** The knob's last mark before it is closed: a thousandth. */
const QUIETEST_DB = -60;

/** Whether knob and mute of the unit do not count: an actual emergency is heard whoever turned the knob (design 5). */
export function ignoresLocalKnob(message: { readonly class: MessageClass; readonly mode: Mode }): boolean {
  return message.class === 'emergency' && message.mode === 'actual';
}

/**
 * The quietest of what was approved, what the hour allows (emergency is not bounded by it), what the terminal may ever
 * do, and, but for an actual emergency, what the knob on the unit says.
 */
export function playbackGainDb(facts: VolumeFacts): PlaybackGain {
  const signed = Math.min(VOLUME_DB[volumeAt(facts)], VOLUME_DB[facts.maxVolume]);
  if (ignoresLocalKnob(facts)) return { db: signed, muted: false };
  return { db: Math.min(signed, knobDb(facts.knobPermille)), muted: facts.muted || facts.knobPermille <= 0 };
}

/** The quieter of what was approved and what class and hour allow; an emergency is not bounded by the hour. */
export function volumeAt({ class: kind, band, volumeHours, at }: Pick<VolumeFacts, 'class' | 'band' | 'volumeHours' | 'at'>): VolumeBand {
  const hours = kind === 'emergency' ? [] : volumeHours.filter((row) => row.classes.includes(kind) && inDayBand(row, at));
  return hours.reduce((quietest, { volume }) => (VOLUME_DB[volume] < VOLUME_DB[quietest] ? volume : quietest), band);
}

function knobDb(permille: number): number {
  return permille <= 0 ? QUIETEST_DB : Math.max(QUIETEST_DB, Math.min(0, 20 * Math.log10(permille / 1_000)));
}
