import type { FailureReason, Health } from '#libs/contracts';
import type { Sensed, Unit } from '../hardware/unit';

/** The loopback may hear a sound this much more quietly than the card put it out, hundredths of a dB: a horn is no straight wire. */
const LOSS_CENTI_DB = 2_000;
/** What the loopback hears of nothing: below this there was no sound, however softly the card played. */
const NOISE_CENTI_DBFS = -7_500;

export interface SoundVerdict {
  /** Why it does not count as heard; null when it does. */
  readonly fault: Extract<FailureReason, 'AMP_FAULT' | 'SILENT' | 'MUTED'> | null;
  /** The level to report: the card's own where it was heard, the measured one where it was not. */
  readonly levelCentiDbfs: number | null;
}

/**
 * Whether a repetition that ran to its end was heard: the amplifier drew current and the loopback heard sound. Where a
 * sensor is missing the card's word counts. Remembers the amplifier's state for health and tells of each change once.
 */
export class SoundProof {
  private amplifier: Health['amplifier'] = 'unknown';

  constructor(private readonly unit: Unit, private readonly onAmplifierChanged: () => void) {}

  amplifierState(): Health['amplifier'] {
    return this.amplifier;
  }

  /** Asked once, when the last sample has left the card at this level (hundredths of a dBFS; null when it is not known). */
  judge(putOutCentiDbfs: number | null): SoundVerdict {
    const sensed = this.unit.sensed();
    this.noteAmplifier(sensed.drewCurrent);
    const fault = faultOf(sensed, putOutCentiDbfs, this.unit.muted());
    return { fault, levelCentiDbfs: fault === null ? putOutCentiDbfs : sensed.loopbackCentiDbfs };
  }

  private noteAmplifier(drewCurrent: boolean | null): void {
    const before = this.amplifier;
    this.amplifier = drewCurrent === null ? 'unknown' : drewCurrent ? 'ok' : 'no-current';
    const was = before === 'no-current';
    if (was !== (this.amplifier === 'no-current')) this.onAmplifierChanged();
  }
}

function faultOf({ drewCurrent, loopbackCentiDbfs }: Sensed, putOutCentiDbfs: number | null, muted: boolean): SoundVerdict['fault'] {
  if (drewCurrent === false) return 'AMP_FAULT';
  if (loopbackCentiDbfs === null) return null;
  const least = Math.max(NOISE_CENTI_DBFS, putOutCentiDbfs === null ? -Infinity : putOutCentiDbfs - LOSS_CENTI_DB);
  if (loopbackCentiDbfs >= least) return null;
  return muted ? 'MUTED' : 'SILENT';
}
