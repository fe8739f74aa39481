import { LIMITS, type MessageClass } from '#libs/contracts';

/** How much a terminal may still do without fresh news (design 4 "Beacon"). */
export type LinkAge = 'ready' | 'degraded' | 'emergency-only' | 'silent';

/**
 * From the age of the newest beacon of the lineage: 10 min degraded, 24 h emergency and advisory only, 30 days silent.
 * `beaconAt` null means that there never was one. A clock behind the beacon makes the age nothing, never negative.
 */
export function linkAge(now: number, beaconAt: number | null): LinkAge {
  if (beaconAt === null) return 'silent';
  const age = now - beaconAt;
  if (age >= LIMITS.beaconSilentMs) return 'silent';
  if (age >= LIMITS.beaconEmergencyOnlyMs) return 'emergency-only';
  return age >= LIMITS.beaconDegradedMs ? 'degraded' : 'ready';
}

/** Whether a message of this class may still begin at this age. */
export function maySound(age: LinkAge, messageClass: MessageClass): boolean {
  switch (age) {
    case 'ready':
    case 'degraded': return true;
    case 'emergency-only': return messageClass === 'emergency' || messageClass === 'advisory';
    case 'silent': return false;
  }
}
