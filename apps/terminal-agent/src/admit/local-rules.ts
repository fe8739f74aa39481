import { playbackGainDb, quietFor, type PlaybackGain } from '#libs/domain';
import { quietHoursOf, volumeHoursOf } from '#libs/trust';
import type { Unit } from '../hardware/unit';
import type { PlacedOrder } from '../playout/placed-order';
import type { Standing } from './standing';

/** What holds at this place and hour, whatever was approved: rosters of the lineage, the assignment, switch and knob of the box. */
export class LocalRules {
  constructor(private readonly standing: Standing, private readonly unit: Unit) {}

  /** How loud a repetition that begins at this district Unix ms may be. */
  gain({ message }: PlacedOrder, at: number): PlaybackGain {
    const { assignment, trust } = this.standing;
    return playbackGainDb({
      class: message.class, mode: message.mode, band: message.volume, at, knobPermille: this.unit.volumePermille(), muted: this.unit.muted(),
      volumeHours: assignment === null ? [] : volumeHoursOf(trust, assignment.platform), maxVolume: assignment?.maxVolume ?? 'full',
    });
  }

  /** Whether a repetition of it may not begin at this district Unix ms, because people sleep. */
  quiet({ message, aloud }: PlacedOrder, at: number): boolean {
    const { assignment, trust } = this.standing;
    return aloud && assignment !== null && quietFor(message.class, quietHoursOf(trust, assignment.platform), at);
  }
}
