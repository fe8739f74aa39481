import { playbackGainDb, quietFor } from '#libs/domain';
import { quietHoursOf, volumeHoursOf } from '#libs/trust';
import type { Standing } from '../admit/standing';
import type { Unit } from '../hardware/unit';
import type { PlayerPorts } from './player-ports';

/** How loud, and when not at all: by the rosters of the lineage, the terminal's assignment, and the box's own knob and switch. */
export function loudness(standing: Standing, unit: Unit): Pick<PlayerPorts, 'gain' | 'quiet'> {
  return {
    gain: ({ message }, at) => {
      const { trust, assignment } = standing;
      return playbackGainDb({
        class: message.class, mode: message.mode, band: message.volume, volumeHours: assignment === null ? [] : volumeHoursOf(trust, assignment.platform),
        maxVolume: assignment?.maxVolume ?? 'full', knobPermille: unit.volumePermille(), muted: unit.muted(), at,
      });
    },
    quiet: ({ message }, at) => {
      const { trust, assignment } = standing;
      return assignment !== null && quietFor(message.class, quietHoursOf(trust, assignment.platform), at);
    },
  };
}
