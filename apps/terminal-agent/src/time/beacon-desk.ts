import type { Beacon, Digest, EnvelopeShape, RefusalCode, TerminalId } from '#libs/contracts';
import { verifyBeacon } from '#libs/trust';
import type { Journal } from '../admit/journal';
import type { Standing } from '../admit/standing';
import type { Clock } from '../clock';
import type { ExchangeTiming } from '../uplink/exchange';
import { BEACON_TRUST_MS, type DistrictTime } from './district-time';

/** The anchor of the battery clock is written at the first beacon after a start and then this often. */
const KEEP_EVERY_MS = 600_000;
/** So long a terminal must have been on after a step before its time counts for forgetting. */
const SETTLED_AFTER_MS = 86_400_000;

export interface BeaconEvents {
  /** This unit's clock was wrong, or the platform's went back. */
  onClockStep(): void;
  onRefused(envelope: EnvelopeShape, code: RefusalCode): void;
  /** An answer to our own nonce: time is known beyond doubt. `counter`: the last one of ours that the platform has seen. */
  onFresh(at: number, counter: number | null): void;
  /** Of any genuine beacon, also one that says nothing new of the time: voices that may go on living `LIMITS.leaseMs` after `at`. */
  onLeases(at: number, leases: readonly Digest[]): void;
  /** Any beacon that counted. */
  onTime(): void;
}

/**
 * What beacons do: they set the time, prove that the lineage is alive and carry the newest log head. Before this unit
 * knows the time only the answer to its own nonce counts; afterwards each beacon must be newer than the last, but for that
 * answer, which sets the time back as well.
 */
export class BeaconDesk {
  private keptAt = -Infinity;
  /** When a beacon last counted since the start, monotonic ms. */
  private countedAt: number | undefined;

  constructor(
    private readonly clock: Clock, private readonly standing: Standing, private readonly journal: Journal, private readonly time: DistrictTime,
    private readonly exchange: ExchangeTiming, private readonly self: () => TerminalId | null, private readonly events: BeaconEvents,
  ) {}

  /**
   * False for a day after a step, power cuts left out: what must not be heard again is not forgotten by a clock that may
   * be the wrong one.
   */
  hasSettled(): boolean {
    return this.journal.settlesInMs === 0;
  }

  receive(envelope: EnvelopeShape): void {
    const { assignment, trust } = this.standing;
    if (assignment === null) return;
    const verified = verifyBeacon(trust, envelope, assignment.platform);
    if (!verified.ok) {
      if (verified.code !== 'REJ_KEY_UNKNOWN') this.events.onRefused(envelope, verified.code);
      return;
    }
    const { beacon } = verified.value;
    if (beacon.nonce !== null && beacon.terminal !== this.self()) return;
    this.follow(beacon);
    if (beacon.leases !== undefined) this.events.onLeases(beacon.at, beacon.leases);
  }

  private follow({ at, nonce, counter, head }: Beacon): void {
    const last = this.journal.beaconAt;
    const isOlder = last !== null && at < last - BEACON_TRUST_MS;
    if (nonce === null && (this.time.now() === null || (last !== null && at <= last))) {
      // Replayed, or the district's clock was ahead once and is right again: only an answer to our own nonce tells which.
      if (isOlder) this.exchange.askFreshTime();
      return;
    }
    const askedAt = nonce === null ? null : this.exchange.answered(nonce);
    if (askedAt === undefined) return;
    const outcome = this.time.acceptBeacon(at, askedAt);
    if (outcome.kind === 'doubtful') {
      this.exchange.askFreshTime();
      return;
    }
    const isStep = outcome.kind === 'stepped' || isOlder;
    const monotonic = this.clock.monotonicMs();
    this.journal.settle(isStep ? SETTLED_AFTER_MS : this.journal.settlesInMs - (monotonic - (this.countedAt ?? monotonic)));
    this.countedAt = monotonic;
    if (isStep) this.events.onClockStep();
    this.journal.keepTime(this.time.anchor(), isOlder ? at : Math.max(at, last ?? 0), newerHead(this.journal.head, head));
    if (isStep || at - this.keptAt >= KEEP_EVERY_MS) {
      this.keptAt = at;
      this.journal.save().catch(() => undefined);
    }
    if (askedAt !== null) {
      // No loss of memory lies ahead: whoever said so lied, and must not silence what comes after.
      if ((this.journal.amnesiaUntil ?? 0) > at) this.journal.forgetBefore(at);
      this.events.onFresh(at, counter);
    }
    this.events.onTime();
  }
}

type Head = Journal['head'];

/** A log only grows: a smaller tree of the same platform is not witnessed. */
function newerHead(known: Head, head: Head): Head {
  if (head === null || known === null) return head ?? known;
  return head.platform === known.platform && head.treeSize < known.treeSize ? known : head;
}
