import type { Digest, Health } from '#libs/contracts';
import { linkAge } from '#libs/domain';
import type { Unit } from '../hardware/unit';

export interface HealthFacts {
  readonly assigned: boolean;
  /** Its journal was lost and no beacon has yet answered: it must not sound. */
  readonly lost: boolean;
  /** District Unix ms, null while unknown. */
  readonly now: number | null;
  readonly beaconAt: number | null;
  readonly playing: Digest | null;
  readonly wallOffsetMs: number | null;
  readonly spooledReceipts: number;
  readonly freeDiskMiB: number;
}

/** What the terminal says of itself with every exchange; the state is what it would do with an order now. */
export function healthOf(facts: HealthFacts, unit: Unit): Health {
  return {
    state: stateOf(facts), playing: facts.playing, volumePermille: 1000, muted: unit.muted(), amplifier: 'unknown', isolatedUntil: null, supply: unit.supply(),
    clockOffsetMs: facts.wallOffsetMs, spooledReceipts: facts.spooledReceipts, freeDiskMiB: facts.freeDiskMiB,
  };
}

function stateOf({ assigned, lost, now, beaconAt }: HealthFacts): Health['state'] {
  if (!assigned) return 'unassigned';
  if (lost) return 'silent';
  return now === null ? 'time-unknown' : linkAge(now, beaconAt);
}
