import type { Clock } from '../clock';
import { FRAMES_PER_MS, type SoundCard } from '../hardware/sound-card';
import type { DistrictTime } from '../time/district-time';

/** Between the district's time and the card's frames, by the estimate of the moment in which it is asked. */
export class CardTime {
  constructor(private readonly ports: { readonly clock: Clock; readonly time: DistrictTime; readonly card: Pick<SoundCard, 'frameNow'> }) {}

  /** When this frame sounds, or sounded, district Unix ms with fractions; null while the time is unknown. */
  districtAt(frame: number): number | null {
    const { card, clock, time } = this.ports;
    return time.at(clock.monotonicMs() + (frame - card.frameNow()) / FRAMES_PER_MS);
  }

  /** The frame that sounds at this district time; now where the time is unknown. */
  frameAt(districtMs: number): number {
    const { card, clock, time } = this.ports;
    const inMs = (time.monotonicAt(districtMs) ?? clock.monotonicMs()) - clock.monotonicMs();
    return Math.round(card.frameNow() + inMs * FRAMES_PER_MS);
  }
}
