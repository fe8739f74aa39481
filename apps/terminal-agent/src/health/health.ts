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
  /** By the sensors, when it last had to work. */
  readonly amplifier: Health['amplifier'];
  readonly isolatedUntil: number | null;
  /** Whether what must be written down can be. */
  readonly canWrite: boolean;
}

/** What the terminal says of itself with every exchange; the state is what it would do with an order now. */
export function healthOf(facts: HealthFacts, unit: Unit): Health {
  return {
    state: stateOf(facts), playing: facts.playing, volumePermille: unit.volumePermille(), muted: unit.muted(), amplifier: facts.amplifier,
    isolatedUntil: facts.isolatedUntil, supply: unit.supply(),
    clockOffsetMs: facts.wallOffsetMs, spooledReceipts: facts.spooledReceipts, freeDiskMiB: facts.freeDiskMiB,
  };
}

function stateOf({ assigned, lost, canWrite, now, beaconAt }: HealthFacts): Health['state'] {
  if (!assigned) return 'unassigned';
  if (lost || !canWrite) return 'silent';
  return now === null ? 'time-unknown' : linkAge(now, beaconAt);
}
