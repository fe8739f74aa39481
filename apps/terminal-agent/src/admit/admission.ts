import { isDeepStrictEqual } from 'node:util';
import { LIMITS, type Digest, type FailureReason, type Order } from '#libs/contracts';
import { filesOf, rememberUntil } from '#libs/domain';
import { admit, type AdmitDecision, type Refusal, type VerifiedOrder } from '#libs/trust';
import type { Clock, Timer } from '../clock';
import type { Sound } from '../hardware/sound-card';
import type { MediaStore } from '../media/media-store';
import type { KeptOrder, PlacedOrder } from '../playout/placed-order';
import { placedOrder } from '../playout/placed-order';
import { payloadDigest } from './about-envelope';
import type { Journal } from './journal';
import type { Refusals } from './refusals';
import type { Standing } from './standing';

/** How an order came: duplicates inside an exchange are the platform's repair, a duplicate push after the end is a replay. */
export type OrderSource = 'push' | 'exchange';

/** Orders that wait for versions, time, assignment or media at once. */
const MAX_WAITING = 64;
const SECOND_MS = 1_000;
/** A fetch that was given up is tried again after this, as long as the window is open. */
const REFETCH_MS = 5_000;

export interface AdmissionPorts {
  readonly clock: Clock;
  /** Trusted time, or null while nothing may sound. */
  readonly now: () => number | null;
  readonly standing: Standing;
  readonly journal: Journal;
  readonly media: MediaStore;
  readonly refusals: Refusals;
}

export interface AdmissionEvents {
  /** Taken: journal changed but not yet durable. `sounds` in the order of the segments. */
  onTaken(order: PlacedOrder, sounds: readonly Sound[], kept: KeptOrder): void;
  /** Genuine and for this terminal, but it will not sound: report it once. */
  onUnplayable(order: PlacedOrder, reason: Unplayable): void;
  /** A genuine correction of this message has come: what still sounds or waits of it ends. */
  onTakenBack(messageDigest: Digest): void;
  /** Something is missing that an exchange would bring. */
  onLacking(): void;
}

type Unplayable = Extract<FailureReason, 'EXPIRED' | 'INTERRUPTED' | 'FETCH_FAIL' | 'WITHDRAWN' | 'NOT_HEARD' | 'QUIET_HOURS' | 'ISOLATED' | 'RESTRICTED'>;

interface Waiting {
  readonly order: Order;
  readonly digest: Digest | null;
  readonly bytes: number;
  readonly source: OrderSource;
  /** Monotonic ms. */
  readonly since: number;
  /** Set once everything but the sound was right; then only the window ends the waiting. */
  verified: VerifiedOrder | undefined;
}

/**
 * From an order on the wire to one that is taken, by `admit` of libs/trust: what is only missing something is kept and
 * asked again, at most ten seconds for documents and time, until the end of its window for media.
 */
export class Admission {
  private waiting: readonly Waiting[] = [];
  private timer: Timer | undefined;
  private secondBegan = -Infinity;
  private examined = 0;

  constructor(private readonly ports: AdmissionPorts, private readonly events: AdmissionEvents) {}

  receive(order: Order, bytes: number, source: OrderSource): void {
    const digest = payloadDigest(order.dispatch);
    // The very same order, not only the same dispatch: a forged copy must not keep the genuine one out.
    if (this.waiting.some((entry) => isDeepStrictEqual(entry.order, order))) return;
    if (digest !== null && this.isExpectedDuplicate(digest, source)) return;
    const since = this.ports.clock.monotonicMs();
    this.examine({ order, digest, bytes, source, since, verified: undefined }, true);
    this.wakeLater();
  }

  /** Something changed that a waiting order may have waited for: documents, time, media, a stop. */
  review(): void {
    const entries = this.waiting;
    this.waiting = [];
    for (const entry of entries) this.examine(entry, false);
    this.wakeLater();
  }

  private examine(entry: Waiting, isFirst: boolean): void {
    const { clock, standing, journal, media, now } = this.ports;
    const monotonic = clock.monotonicMs();
    if (isFirst && monotonic - this.secondBegan >= SECOND_MS) {
      this.secondBegan = monotonic;
      this.examined = 0;
    }
    const decision = admit({
      order: entry.order, bytes: entry.bytes, examinedThisSecond: isFirst ? this.examined : 0, heldForMs: monotonic - entry.since, now: now(),
      beaconAt: journal.beaconAt, trust: standing.trust, assignment: standing.assignment, floors: journal.floors,
      seenDispatches: journal.seenDispatches, journal: journal.messages, stops: journal.stops, isolations: journal.isolations, restrictions: journal.restrictions,
      mediaHeld: (sha256) => media.ready(sha256) !== undefined,
    });
    if (isFirst) this.examined += 1;
    if (decision.kind === 'play' || decision.kind === 'wait-media' || decision.kind === 'not-heard') this.takeBack(decision.order);
    this.act(entry, decision, monotonic, isFirst);
  }

  private act(entry: Waiting, decision: AdmitDecision, monotonic: number, isFirst: boolean): void {
    switch (decision.kind) {
      case 'play':
        this.take(entry, decision);
        return;
      case 'hold':
        this.keepLacking(entry, isFirst);
        return;
      case 'wait-media':
        if (this.shortcut(decision.order)) return;
        if (entry.verified === undefined) this.fetch(decision.order);
        this.keep({ ...entry, verified: decision.order });
        return;
      case 'expired':
        this.unplayable(decision.order, entry.verified === undefined ? 'EXPIRED' : 'FETCH_FAIL');
        if (entry.source === 'push' && entry.verified === undefined) this.ports.refusals.refused(decision);
        return;
      case 'not-heard':
        this.unplayable(decision.order, 'NOT_HEARD');
        return;
      case 'quiet':
        this.unplayable(decision.order, 'QUIET_HOURS');
        return;
      case 'isolated':
        this.unplayable(decision.order, 'ISOLATED');
        return;
      case 'restricted':
        this.unplayable(decision.order, 'RESTRICTED');
        return;
      case 'refuse':
        if (this.mayMend(entry, decision, monotonic)) {
          this.keepLacking(entry, isFirst);
          return;
        }
        if (this.isKnown(entry) && entry.source === 'exchange') this.ports.refusals.quietly(decision);
        else this.ports.refusals.refused({ ...decision, evidence: entry.order.dispatch });
    }
  }

  private take(entry: Waiting, decision: Extract<AdmitDecision, { kind: 'play' }>): void {
    const { journal, media } = this.ports;
    if (this.shortcut(decision.order)) return;
    const { resumes, postponed, joinRepetition, fromMs, startAt } = decision;
    // What is said now is not said again when quiet hours are over.
    if (postponed !== null && 'live' in decision.order.message.message.body) {
      this.unplayable(decision.order, 'QUIET_HOURS');
      return;
    }
    const resumption = resumes === null ? null : { repetition: joinRepetition, fromMs, startAt, timetableStartAt: resumes.timetableStartAt };
    const order = placedOrder(decision.order, { resumption, postponed });
    const sounds = filesOf(order.message.body).map(({ sha256 }) => media.ready(sha256));
    const whole = sounds.filter((sound) => sound !== undefined);
    // It left the memory in this moment: asked for again, as if it had still to come.
    if (whole.length < sounds.length) {
      this.fetch(decision.order);
      this.keep({ ...entry, verified: decision.order });
      return;
    }
    const { dispatch, message } = order;
    journal.accept(decision.writes, { digest: decision.order.dispatchDigest, notAfter: dispatch.notAfter, platform: dispatch.platform, replaces: message.replaces, corrects: dispatch.targets.heard });
    for (const { sha256, bytes } of filesOf(message.body)) media.want(sha256, bytes, rememberUntil(dispatch.notAfter));
    this.events.onTaken(order, whole, { order: entry.order, resumption, postponed });
  }

  /** From a genuine correction on the original is silent here, whether or not it ever sounded and the correction does. */
  private takeBack({ dispatch, message, original }: VerifiedOrder): void {
    if (original === null) return;
    this.events.onTakenBack(original.digest);
    if (this.ports.journal.messages.get(original.digest)?.sounded === true) return;
    const until = rememberUntil(Math.max(message.message.notAfter, original.message.notAfter));
    this.ports.journal.takeBack({ messageDigest: message.digest, dispatchId: dispatch.dispatchId, platform: dispatch.platform, mode: message.message.mode, until }, original.digest);
  }

  /** Genuine orders that do not sound although nothing is wrong with them. */
  private shortcut(verified: VerifiedOrder): boolean {
    const { journal } = this.ports;
    const { dispatch, message } = verified;
    if (journal.isReplaced(message.digest, dispatch.platform, message.message.mode)) {
      this.unplayable(verified, 'WITHDRAWN');
      return true;
    }
    // After the journal was lost nobody knows what has sounded: only what was dispatched since may.
    if (journal.amnesiaUntil !== null && dispatch.issuedAt <= journal.amnesiaUntil) {
      this.unplayable(verified, 'INTERRUPTED');
      return true;
    }
    return false;
  }

  private unplayable(verified: VerifiedOrder, reason: Unplayable): void {
    const { dispatch, dispatchDigest, message } = verified;
    this.ports.journal.see(dispatch.dispatchId, { digest: dispatchDigest, notAfter: dispatch.notAfter, platform: dispatch.platform }, rememberUntil(message.message.notAfter));
    this.events.onUnplayable(placedOrder(verified), reason);
  }

  private fetch(verified: VerifiedOrder): void {
    const { media } = this.ports;
    const { dispatch, message } = verified;
    for (const { sha256, bytes } of filesOf(message.message.body)) {
      // It may lie on the shelf and only have to be read and hashed.
      if (media.has(sha256)) {
        void media.open(sha256).then((sound) => {
          if (sound === null) media.want(sha256, bytes, rememberUntil(dispatch.notAfter));
          else this.review();
        });
      } else media.want(sha256, bytes, rememberUntil(dispatch.notAfter));
    }
  }

  /** What an exchange brought asks for another one once: the platform brings it again with each, as long as its window is open. */
  private keepLacking(entry: Waiting, isFirst: boolean): void {
    this.keep(entry);
    if (isFirst || entry.source === 'push') this.events.onLacking();
  }

  private keep(entry: Waiting): void {
    if (this.waiting.length < MAX_WAITING) this.waiting = [...this.waiting, entry];
    else this.ports.refusals.refused({ code: 'REJ_RATE', subject: entry.digest, payloadType: null, keyIds: [] });
  }

  /**
   * Whether waiting can mend this refusal: a unit that has just started may not have its documents, its place or the
   * time yet or be behind it, and what takes a stop back may overtake the stop.
   */
  private mayMend(entry: Waiting, { code, at }: Refusal, monotonic: number): boolean {
    if (monotonic - entry.since >= LIMITS.holdMs) return false;
    const { standing, now } = this.ports;
    switch (code) {
      case 'REJ_NOT_YET':
      case 'REJ_TIME_UNKNOWN':
      case 'REJ_TIME_STALE': return true;
      case 'REJ_KEY_UNKNOWN':
      case 'REJ_LINEAGE':
      case 'REJ_NOT_TARGETED': return !standing.isComplete() || now() === null;
      case 'REJ_RESUME': return at === 'resumes';
      default: return false;
    }
  }

  /** A duplicate that the platform itself may send: inside an exchange always, as a push until it is over, for acks may still be on their way. */
  private isExpectedDuplicate(digest: Digest, source: OrderSource): boolean {
    const { journal } = this.ports;
    if (!journal.hasSeen(digest)) return false;
    return source === 'exchange' || journal.isUnderWay(digest);
  }

  private isKnown({ digest }: Waiting): boolean {
    return digest !== null && this.ports.journal.hasSeen(digest);
  }

  private wakeLater(): void {
    this.timer?.cancel();
    this.timer = undefined;
    if (this.waiting.length === 0) return;
    const monotonic = this.ports.clock.monotonicMs();
    const wakes = this.waiting.map((entry) => (entry.verified === undefined ? Math.min(SECOND_MS, Math.max(1, entry.since + LIMITS.holdMs - monotonic)) : REFETCH_MS));
    this.timer = this.ports.clock.setTimer(Math.min(...wakes), () => {
      for (const { verified } of this.waiting) if (verified !== undefined) this.fetch(verified);
      this.review();
    });
  }
}
