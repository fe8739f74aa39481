import { createOffsetEstimator } from '#libs/link';
import type { Clock } from '../clock';

/** The last moment at which both clocks were known, kept over a restart. */
export interface TimeAnchor {
  readonly districtAt: number;
  readonly wallAt: number;
}

/** The estimator counts only this near to the time of the signed beacons (design 5, "One time scale"). */
export const BEACON_TRUST_MS = 2_000;
/** Beacons kept as lower bounds of the time. */
const BEACONS_KEPT = 8;

/** A fresh beacon answers our own nonce, so its time lies between the question and the answer; counted up to this long. */
const LONGEST_ANSWER_MS = 5_000;

export type BeaconOutcome =
  | { readonly kind: 'agreed' }
  /** This unit was wrong by more than two seconds and has followed the beacon. */
  | { readonly kind: 'stepped'; readonly byMs: number }
  /** The beacon is late, or this unit is ahead: only an answer to a nonce can tell. */
  | { readonly kind: 'doubtful' };

/**
 * The district's time on this unit. It is known from a signed beacon, or after a boot from a battery clock that is not
 * behind the last anchor; the unsigned time probes only refine it, by at most two seconds.
 */
export class DistrictTime {
  /** Offsets (district minus monotonic) that beacons prove as the least; a beacon is never early. */
  private leastOffsets: readonly number[] = [];
  private greatestOffset = -Infinity;
  private bootOffset: number | null = null;
  private readonly estimator = createOffsetEstimator();

  constructor(private readonly clock: Clock) {}

  /** At boot. False when the wall clock runs behind the anchor, which no working battery clock does. */
  resume(anchor: TimeAnchor): boolean {
    const wall = this.clock.wallMs();
    if (wall < anchor.wallAt) return false;
    this.bootOffset = anchor.districtAt + (wall - anchor.wallAt) - this.clock.monotonicMs();
    return true;
  }

  /** A verified beacon. `askedAt`: monotonic ms at which the nonce was sent that it echoes; null when it echoes none. */
  acceptBeacon(at: number, askedAt: number | null): BeaconOutcome {
    const arrived = this.clock.monotonicMs();
    const least = at - arrived;
    const greatest = askedAt === null ? least : Math.min(at - askedAt, least + LONGEST_ANSWER_MS);
    const believed = this.offset(arrived);
    if (believed !== null) {
      if (believed >= least - BEACON_TRUST_MS && believed <= greatest + BEACON_TRUST_MS) return this.agree(least, greatest);
      // A late beacon without our nonce proves nothing about a clock that is ahead of it.
      if (believed > greatest && askedAt === null) return { kind: 'doubtful' };
    }
    this.leastOffsets = [least];
    this.greatestOffset = greatest;
    return believed === null ? { kind: 'agreed' } : { kind: 'stepped', byMs: Math.round(least - believed) };
  }

  /** One answered probe: sent and answer received on the monotonic clock, received and answered on the district's scale. */
  addProbe(sentAt: number, receivedAt: number, answeredAt: number, answerReceivedAt: number): void {
    this.estimator.add({ sentAt, receivedAt, answeredAt, answerReceivedAt });
  }

  /** Whether a beacon has told it since the start; the battery clock alone may be wrong by anything. */
  get isTold(): boolean {
    return this.leastOffsets.length > 0;
  }

  /** Unix ms with fractions on the district's scale; null while unknown. */
  now(): number | null {
    return this.at(this.clock.monotonicMs());
  }

  /** The district's time at a moment of the monotonic clock. */
  at(monotonicMs: number): number | null {
    const offset = this.offset(monotonicMs);
    return offset === null ? null : monotonicMs + offset;
  }

  /** The moment of the monotonic clock at which the district's time is `districtMs`; null while unknown. */
  monotonicAt(districtMs: number): number | null {
    const offset = this.offset(this.clock.monotonicMs());
    return offset === null ? null : districtMs - offset;
  }

  /** How wrong the unit's own wall clock is, for health: whole ms, null while unknown. */
  wallOffsetMs(): number | null {
    const now = this.now();
    return now === null ? null : Math.round(this.clock.wallMs() - now);
  }

  anchor(): TimeAnchor | null {
    const now = this.now();
    return now === null ? null : { districtAt: Math.floor(now), wallAt: Math.floor(this.clock.wallMs()) };
  }

  private agree(least: number, greatest: number): BeaconOutcome {
    this.leastOffsets = [...this.leastOffsets, least].slice(-BEACONS_KEPT);
    this.greatestOffset = Math.max(greatest, least);
    return { kind: 'agreed' };
  }

  private offset(monotonicMs: number): number | null {
    if (this.leastOffsets.length === 0) return this.bootOffset;
    const least = Math.max(...this.leastOffsets);
    const greatest = Math.max(least, this.greatestOffset);
    const byProbes = this.estimator.estimate(monotonicMs)?.offsetMs;
    if (byProbes === undefined) return least;
    return byProbes >= least - BEACON_TRUST_MS && byProbes <= greatest + BEACON_TRUST_MS ? byProbes : least;
  }
}
