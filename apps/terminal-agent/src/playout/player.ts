import type { Digest, DispatchId, FailureReason } from '#libs/contracts';
import {
  add, advance, beginsLate, earlierBy, emptyArbiter, LATE_START_MS, lastInWindow, NEVER_BEFORE, PLAY_SLACK_MS, positionAt, remove, setBack, type Arbiter, type Before, type Change, type Item, type Piece,
} from '#libs/domain';
import type { Timer } from '../clock';
import { FRAMES_PER_MS, type CardEnd, type Sound } from '../hardware/sound-card';
import { CardHand, type Play } from './card-hand';
import { itemOf, type PlacedOrder } from './placed-order';
import { NOTHING_HEARD, type PlayerEvents, type Heard, type PlayerPorts } from './player-ports';

/** The card gets a repetition this long before its time. */
export const FEED_AHEAD_MS = 2_000;
/** The arbiter decides what lies before a moment: looked at this little after it. */
const JUST_AFTER_MS = 1;

interface Entry {
  readonly order: PlacedOrder;
  readonly item: Item;
  readonly sounds: readonly Sound[];
  readonly before: Before;
  readonly plays: Set<Play>;
  /** What was handed on already, by its time. */
  fed: readonly Piece[];
  /** Its turn at the card has come here. */
  begun: boolean;
  /** A repetition fell away because the disk took longer than it. */
  lost: boolean;
  /** The last repetition that sounded to its end. */
  ended: number;
  /** Of the repetition begun last: its rest is as loud. */
  gain: { readonly repetition: number; readonly db: number } | undefined;
  /** What the card cut off, until the arbiter says what becomes of it. */
  cut: Heard | undefined;
  /** The arbiter is through with it; it closes when the card is. */
  over: { readonly reason: FailureReason | null } | undefined;
}

/**
 * Does on card and disk what the arbiter decides (`libs/domain` `advance`): looks `FEED_AHEAD_MS` ahead, writes down
 * that a repetition begins, hands it to the card, and takes back what a newcomer has changed. What is cut off goes on at
 * its position with the gain that it had.
 */
export class Player {
  private readonly entries = new Map<DispatchId, Entry>();
  /** Came while the time was unknown or since the last look. */
  private newcomers: readonly Entry[] = [];
  private arbiter: Arbiter | undefined;
  private timer: Timer | undefined;
  private readonly card: CardHand;

  constructor(private readonly ports: PlayerPorts, private readonly events: PlayerEvents) {
    this.card = new CardHand(ports);
  }

  /** `before`: what became of it in an earlier life of the agent. */
  add(order: PlacedOrder, sounds: readonly Sound[], before: Before = NEVER_BEFORE): void {
    const entry: Entry = {
      order, item: itemOf(order), sounds, before, plays: new Set(), fed: [], begun: false, lost: false, ended: before.ended, gain: undefined, cut: undefined, over: undefined,
    };
    this.entries.set(order.dispatch.dispatchId, entry);
    if (!order.aloud) {
      void this.passSilently(entry);
      return;
    }
    this.ports.live.open(order);
    this.newcomers = [...this.newcomers, entry];
    this.review();
  }

  /** Digest of the message that sounds now. */
  playing(): Digest | null {
    const sounding = [...this.entries.values()].find(({ plays }) => [...plays].some(({ startedAt }) => startedAt !== null));
    return sounding?.order.messageDigest ?? null;
  }

  orders(): readonly PlacedOrder[] {
    return [...this.entries.values()].map(({ order }) => order);
  }

  /**
   * Ends at once what matches: sound first, everything else after. `asOf`: when a stop was given; where the timetable
   * stood then is kept, so that a stop taken back goes on alike on all loudspeakers.
   */
  end(reason: FailureReason, matches: (order: PlacedOrder) => boolean, asOf?: number): void {
    const now = this.ports.time.now();
    if (now !== null) this.goTo(now);
    for (const entry of [...this.entries.values()].filter(({ order }) => matches(order))) {
      if (asOf !== undefined) this.keepTimetable(entry, asOf);
      this.close(entry, reason);
    }
    this.review();
  }

  /** Takes back an order that could not be kept on the disk; says nothing. */
  forget(dispatchId: DispatchId): void {
    const entry = this.entries.get(dispatchId);
    if (entry === undefined) return;
    this.leave(entry);
    this.ports.live.close(entry.order);
    this.review();
  }

  /** Looks at everything again: called when something changed, and by its own timer. */
  review(): void {
    this.timer?.cancel();
    this.timer = undefined;
    const now = this.ports.time.now();
    if (now === null) return;
    this.goTo(now);
    for (const { item, before } of this.newcomers) this.arbiter = add(this.arbiter ?? emptyArbiter(now), item, before);
    this.newcomers = [];
    if (this.arbiter === undefined) return;
    for (;;) {
      const { changes } = advance(this.arbiter, Infinity);
      if (this.feedUntil(now + FEED_AHEAD_MS, changes)) {
        this.wakeLater(now, changes);
        return;
      }
    }
  }

  /** What the arbiter decided up to now becomes true. */
  private goTo(now: number): void {
    if (this.arbiter === undefined) return;
    if (now < this.arbiter.at - LATE_START_MS) this.arbiter = this.setBack(this.arbiter, now);
    const { arbiter, changes } = advance(this.arbiter, now);
    this.arbiter = arbiter;
    for (const change of changes) {
      const entry = this.entries.get(change.kind === 'closed' ? change.dispatchId : change.piece.dispatchId);
      if (entry === undefined) continue;
      if (change.kind === 'ends') this.loseUnheard(entry, change.piece);
      if (change.kind === 'ends' && change.how === 'cut') this.cutOff(entry, change, changes.some((other) => other.kind === 'closed' && other.dispatchId === change.piece.dispatchId));
      if (change.kind === 'closed') this.finish(entry, change.reason);
    }
  }

  /** A battery clock had run ahead: what is with the card stays there, and is known by its new time. */
  private setBack(arbiter: Arbiter, now: number): Arbiter {
    const byMs = arbiter.at - now;
    for (const entry of this.entries.values()) {
      entry.fed = entry.fed.map((piece) => earlierBy(piece, byMs));
      for (const play of entry.plays) play.piece = earlierBy(play.piece, byMs);
    }
    return setBack(arbiter, now);
  }

  /** Somebody else has the loudspeaker now; `closes`: it does not go on. */
  private cutOff(entry: Entry, { piece, next }: Extract<Change, { kind: 'ends' }>, closes: boolean): void {
    const play = [...entry.plays].find((other) => other.piece.at === piece.at);
    if (play !== undefined) entry.cut = this.silence(entry, play) ?? entry.cut;
    if (closes) return;
    if (entry.cut !== undefined) this.events.repetitionFailed(entry.order, entry.cut, 'PREEMPTED');
    entry.cut = undefined;
    this.events.waits(entry.order, next);
  }

  /** The arbiter is through with it; what the card still sounds or measures comes first. */
  private finish(entry: Entry, reason: FailureReason | null): void {
    entry.over = { reason };
    if (entry.plays.size === 0) this.close(entry, reason);
  }

  /** Feeds what begins until then and takes back what does not any more; false when an order fell away meanwhile. */
  private feedUntil(until: number, changes: readonly Change[]): boolean {
    const running = this.arbiter?.sounding ?? null;
    const now = this.arbiter?.at ?? -Infinity;
    const wanted = changes.flatMap((change, index) => {
      if (change.kind !== 'begins' || change.at > until) return [];
      const before = changes.findLast((other, place) => place < index && other.kind === 'ends' && other.at === change.at);
      return [{ piece: change.piece, mayCut: before?.kind === 'ends' && before.how === 'cut' }];
    });
    const pieces = [...(running === null ? [] : [running]), ...wanted.map(({ piece }) => piece)];
    for (const entry of this.entries.values()) {
      const isOff = ({ piece }: Play): boolean => !pieces.some((other) => isSame(other, piece)) || this.refusalOf(entry, piece) !== null;
      for (const play of entry.plays) if (!play.begun && play.piece.endsAt > now && isOff(play)) this.takeBack(entry, play);
    }
    for (const { piece, mayCut } of [...(running === null ? [] : [{ piece: running, mayCut: false }]), ...wanted]) {
      const entry = this.entries.get(piece.dispatchId);
      if (entry === undefined || entry.over !== undefined || entry.fed.some((fed) => isSame(fed, piece))) continue;
      const refusal = this.refusalOf(entry, piece);
      if (refusal !== null) {
        this.fallsAway(entry, refusal);
        return false;
      }
      void this.feed(entry, piece, mayCut);
    }
    return true;
  }

  /** Why nothing of it may begin at that time; null when it may. */
  private refusalOf({ order }: Entry, { at }: Piece): FailureReason | null {
    if (this.ports.stale(order, at)) return 'OFFLINE_NET';
    if (this.ports.quiet(order, at)) return 'QUIET_HOURS';
    if (this.ports.restricted(order, at)) return 'RESTRICTED';
    return this.ports.gain(order, at).muted ? 'MUTED' : null;
  }

  private async feed(entry: Entry, piece: Piece, mayCut: boolean): Promise<void> {
    const play: Play = { piece, ticket: undefined, begun: false, startedAt: null, watchdog: undefined };
    entry.plays.add(play);
    entry.fed = [...entry.fed, piece];
    if (entry.gain?.repetition !== piece.repetition) entry.gain = { repetition: piece.repetition, db: this.ports.gain(entry.order, piece.at).db };
    try {
      await this.events.begin(entry.order, piece.repetition);
    } catch {
      // What had begun was written down and sounds to its end.
      if (entry.plays.delete(play)) this.fallsAway(entry, 'INTERRUPTED');
      this.review();
      return;
    }
    // A stop, or something of higher rank, may have come while the disk was writing.
    if (!entry.plays.has(play)) return;
    this.placeAnew(entry, play);
    this.hand(entry, play, mayCut);
    this.review();
  }

  /** The disk took longer than there was time: the piece begins now, and what follows it later. */
  private placeAnew(entry: Entry, play: Play): void {
    const now = this.ports.time.now();
    if (now === null || this.arbiter === undefined || now <= play.piece.at) return;
    this.goTo(now);
    const { sounding } = this.arbiter;
    if (sounding === null || !isSame(sounding, play.piece)) return;
    this.arbiter = beginsLate(this.arbiter, now);
    entry.fed = entry.fed.filter((fed) => fed !== play.piece);
    play.piece = this.arbiter.sounding ?? play.piece;
    entry.fed = [...entry.fed, play.piece];
  }

  private hand(entry: Entry, play: Play, mayCut: boolean): void {
    const { order: { dispatch, messageDigest }, sounds, gain } = entry;
    const { fromMs, at } = play.piece;
    const openingMs = Math.max(0, sounds.reduce((sum, { samples }) => sum + samples, 0) / FRAMES_PER_MS - fromMs);
    this.ports.amplifier(true);
    this.card.give(play, { dispatchId: dispatch.dispatchId, messageDigest, sounds, voice: this.ports.live.voiceOf(entry.order, at + openingMs), gainDb: gain?.db ?? 0, mayCut }, {
      onBegun: () => { entry.begun = true; },
      onFirstSample: (startedAt) => this.sounds(entry, play, startedAt),
      onOverrun: () => this.overran(entry, play),
      onEnd: (how, heard) => this.lastSample(entry, play, how, heard),
    });
  }

  private sounds(entry: Entry, play: Play, startedAt: number): void {
    const { repetition, fromMs } = play.piece;
    // Of a voice that was just ended a packet may still be told.
    if (entry.item.live === true && !entry.plays.has(play)) return;
    this.events.audible(entry.order, { repetition, fromMs: Math.round(fromMs), startedAt });
  }

  /** Media longer than was approved ends with no message at all. */
  private overran(entry: Entry, play: Play): void {
    if (!entry.plays.has(play)) return;
    this.close(entry, 'INTERRUPTED');
    this.review();
  }

  private stuck(entry: Entry, play: Play): void {
    if (!entry.plays.has(play)) return;
    this.silence(entry, play);
    if (entry.over !== undefined) this.close(entry, 'SILENT');
    else this.events.repetitionFailed(entry.order, { repetition: play.piece.repetition, fromMs: 0, startedAt: null, endedAt: null, digest: null, levelCentiDbfs: null }, 'SILENT');
    this.review();
  }

  private lastSample(entry: Entry, play: Play, how: CardEnd['how'], heard: Heard): void {
    if (!entry.plays.delete(play)) return;
    if (how === 'cut') entry.cut = heard;
    else if (how === 'failed') this.soundless(entry, heard);
    else {
      const spoken = this.ports.live.spokenOf(entry.order);
      if (spoken?.packets === 0) entry.cut = heard.startedAt === null ? undefined : heard;
      else {
        entry.ended = heard.repetition;
        this.events.ended(entry.order, { ...heard, ...spoken });
      }
      // A voice may be over before its signed longest.
      if (entry.item.live === true) entry.over ??= { reason: null };
    }
    if (entry.over !== undefined && entry.plays.size === 0) this.close(entry, entry.over.reason);
    this.restAmplifier();
    this.review();
  }

  /** The sound device gave out: this repetition was not heard to its end, or not at all. */
  private soundless(entry: Entry, heard: Heard): void {
    if (heard.repetition >= lastInWindow(entry.item)) this.close(entry, 'SILENT', heard);
    else this.events.repetitionFailed(entry.order, heard, 'SILENT');
  }

  /** Nothing of this piece has sounded, and it does not begin now; its item goes on there in time. */
  private takeBack(entry: Entry, play: Play): void {
    this.silence(entry, play);
    entry.fed = entry.fed.filter((fed) => fed !== play.piece);
    this.events.waits(entry.order, play.piece);
  }

  /** The repetition was over before the disk had it, or before the card began: neither may be a silence without a word. */
  private loseUnheard(entry: Entry, piece: Piece): void {
    for (const play of entry.plays) {
      if (play.begun || play.piece.at !== piece.at) continue;
      if (play.ticket !== undefined) this.card.giveUpAfter(play, PLAY_SLACK_MS, () => this.stuck(entry, play));
      else {
        entry.plays.delete(play);
        entry.lost = true;
      }
    }
  }

  private fallsAway(entry: Entry, reason: FailureReason): void {
    this.arbiter = this.arbiter === undefined ? undefined : remove(this.arbiter, entry.order.dispatch.dispatchId);
    this.finish(entry, reason);
  }

  /** A voice of which nothing was heard is never done. */
  private close(entry: Entry, reason: FailureReason | null, cut: Heard | null = null): void {
    const { order, item, ended } = entry;
    const silenced = this.leave(entry) ?? cut ?? entry.cut ?? null;
    const spoken = this.ports.live.spokenOf(order);
    this.ports.live.close(order);
    const heard = spoken === undefined || !entry.begun ? silenced : { ...(silenced ?? NOTHING_HEARD), ...spoken };
    this.events.closed(order, { reason: reason ?? (entry.lost || spoken?.packets === 0 ? 'INTERRUPTED' : null), heard, whole: ended >= item.repeats });
  }

  /** A front-end drill: everything but amplifier and card, and nobody's loudspeaker. */
  private async passSilently(entry: Entry): Promise<void> {
    const kept = await this.events.begin(entry.order, entry.item.repeats).then(() => true, () => false);
    if (this.entries.has(entry.order.dispatch.dispatchId)) this.close(entry, kept ? null : 'INTERRUPTED');
  }

  /** Silent and out of every list; what was heard of the piece that sounded. */
  private leave(entry: Entry): Heard | null {
    const { dispatchId } = entry.order.dispatch;
    if (!this.entries.delete(dispatchId)) return null;
    this.newcomers = this.newcomers.filter((other) => other !== entry);
    if (this.arbiter !== undefined) this.arbiter = remove(this.arbiter, dispatchId);
    const heard = [...entry.plays].map((play) => this.silence(entry, play)).find((one) => one !== null) ?? null;
    this.restAmplifier();
    return heard;
  }

  private silence(entry: Entry, play: Play): Heard | null {
    entry.plays.delete(play);
    return this.card.silence(play);
  }

  private restAmplifier(): void {
    if ([...this.entries.values()].every(({ plays }) => [...plays].every(({ ticket }) => ticket === undefined))) this.ports.amplifier(false);
  }

  /** Turns and pre-emption may have moved its timetable: told as the time at which an undisturbed one would have begun. */
  private keepTimetable({ order, item }: Entry, asOf: number): void {
    const position = this.arbiter === undefined ? undefined : positionAt(this.arbiter, order.dispatch.dispatchId, asOf);
    if (position !== undefined) this.events.stoppedOn(order, Math.round(asOf - (position.repetition - 1) * (item.bodyMs + item.gapMs) - position.fromMs));
  }

  private wakeLater(now: number, changes: readonly Change[]): void {
    const wakes = changes.map((change) => {
      const fedAt = change.at - FEED_AHEAD_MS;
      if (change.kind === 'begins') return fedAt;
      return change.kind === 'closed' || change.how === 'cut' ? change.at + JUST_AFTER_MS : Infinity;
    });
    const soonest = Math.min(...wakes.filter((at) => at > now));
    if (soonest !== Infinity) this.timer = this.ports.clock.setTimer(soonest - now, () => this.review());
  }
}

function isSame(a: Piece, b: Piece): boolean {
  return a.at === b.at && a.dispatchId === b.dispatchId && a.repetition === b.repetition && a.fromMs === b.fromMs;
}
