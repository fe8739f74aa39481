import type { DayBand, PlatformId, VolumeHours } from '#libs/contracts';
import { heardAt, type TrustState } from './trust-state';

/** Quiet hours where a terminal of this platform stands: the union over its lineage (design 5), as far as that stands. */
export function quietHoursOf(state: TrustState, platform: PlatformId): readonly DayBand[] {
  return heardAt(state, platform).flatMap((above) => state.rosters.get(above)?.value.quietHours ?? []);
}

/** Every bound on volume by the hour where a terminal of this platform stands; the quietest counts. */
export function volumeHoursOf(state: TrustState, platform: PlatformId): readonly VolumeHours[] {
  return heardAt(state, platform).flatMap((above) => state.rosters.get(above)?.value.volumeHours ?? []);
}
