import type { Digest, DispatchId, FailureReason } from '#libs/contracts';
import { award, bodyDurationMs, lastRepetition, PLAY_SLACK_MS, VOLUME_DB } from '#libs/domain';
import type { Clock, Timer } from '../clock';
import { FADE_MS, FRAMES_PER_MS, type CardEnd, type CardTicket, type Sound, type SoundCard } from '../hardware/sound-card';
import type { DistrictTime } from '../time/district-time';
import { nextRepetition, type NextRepetition } from './next-repetition';
import { lastEndAt, type PlacedOrder } from './placed-order';

/** The card gets a repetition this long before its time. */
export const FEED_AHEAD_MS = 2_000;

export interface PlayerPorts {
  readonly clock: Clock;
  readonly time: DistrictTime;
  readonly card: SoundCard;
  /** Switches the amplifier. */
  readonly amplifier: (on: boolean) => void;
}

/** One repetition as it was heard here; times are district Unix ms. */
export interface Heard {
  readonly repetition: number;
  /** Where in the repetition the sound began, ms. */
  readonly fromMs: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly digest: Digest | null;
  readonly levelCentiDbfs: number | null;
}

export interface PlayerEvents {
  /** Must be on the disk before anything of this repetition sounds; rejecting keeps it silent. */
  begin(order: PlacedOrder, repetition: number): Promise<void>;
  audible(order: PlacedOrder, repetition: number, startedAt: number): void;
  ended(order: PlacedOrder, heard: Heard): void;
  /** One repetition failed; others may follow. */
  repetitionFailed(order: PlacedOrder, heard: Heard, reason: FailureReason): void;
  /** Nothing of it follows: `done`, or failed with a reason. `heard` is what was sounding when it was ended. */
  closed(order: PlacedOrder, reason: FailureReason | null, heard: Heard | null): void;
}

interface Sounding {
  readonly repetition: number;
  readonly ticket: CardTicket;
  startedAt: number | null;
  watchdog: Timer | undefined;
}

interface Item {
  readonly order: PlacedOrder;
  readonly sounds: readonly Sound[];
  begun: number;
  /** Repetitions that sounded to their end in this life of the agent or before. */
  ended: number;
  interrupted: boolean;
  feeding: boolean;
  sounding: Sounding | undefined;
  /** District ms of the first sample in this life of the agent. */
  firstAt: number | null;
  preempted: boolean;
  closed: boolean;
}

/**
 * Decides what the card gets and when. One item holds the loudspeaker at a time, gaps between its repetitions included;
 * only a strictly higher rank takes it away, at its own start time. Every repetition is begun on the disk first.
 */
export class Player {
  private readonly items = new Map<DispatchId, Item>();
  private holder: Item | undefined;
  private timer: Timer | undefined;

  constructor(private readonly ports: PlayerPorts, private readonly events: PlayerEvents) {}

  /** `begun` and `ended`: repetitions of it in an earlier life of the agent. */
  add(order: PlacedOrder, sounds: readonly Sound[], begun = 0, ended = 0): void {
    const item: Item = {
      order, sounds, begun, ended, interrupted: begun > ended, feeding: false, sounding: undefined, firstAt: null, preempted: false, closed: false,
    };
    this.items.set(order.dispatch.dispatchId, item);
    this.review();
  }

  /** Digest of the message that sounds now. */
  playing(): Digest | null {
    const sounding = [...this.items.values()].find(({ sounding: now }) => now !== undefined && now.startedAt !== null);
    return sounding?.order.messageDigest ?? null;
  }

  orders(): readonly PlacedOrder[] {
    return [...this.items.values()].map((item) => item.order);
  }

  /** Ends at once what matches: sound first, everything else after. */
  end(reason: FailureReason, matches: (order: PlacedOrder) => boolean): void {
    for (const item of [...this.items.values()].filter((candidate) => matches(candidate.order))) this.close(item, reason);
    this.review();
  }

  /** Takes back an order that could not be kept on the disk; says nothing. */
  forget(dispatchId: DispatchId): void {
    const item = this.items.get(dispatchId);
    if (item === undefined) return;
    this.silence(item);
    item.closed = true;
    this.items.delete(dispatchId);
    if (this.holder === item) this.holder = undefined;
    this.review();
  }

  /** Looks at everything again: called when something changed, and by its own timer. */
  review(): void {
    this.timer?.cancel();
    this.timer = undefined;
    const now = this.ports.time.now();
    if (now === null) return;
    for (;;) {
      const { holder } = this;
      const bids = this.candidates(now).map(({ item, next }) => ({ claim: item.order.claim, at: next.at, item, next }));
      const chosen = award(holder === undefined ? null : { claim: holder.order.claim, endsAt: endOf(holder) }, bids, now + FEED_AHEAD_MS);
      if (chosen === undefined) break;
      void this.feed(chosen.item, chosen.next);
    }
    this.wakeLater(now);
  }

  /** What could start now or later; closes what cannot any more. */
  private candidates(now: number): readonly { readonly item: Item; readonly next: Exclude<NextRepetition, { kind: 'none' }> }[] {
    const waiting = [...this.items.values()].filter((item) => !item.closed && !item.feeding && item.sounding === undefined);
    return waiting.flatMap((item) => {
      const next = nextRepetition(item.order, item.begun, item.ended > 0, now);
      if (next.kind !== 'none') return [{ item, next }];
      this.close(item, reasonWithout(item));
      return [];
    });
  }

  private async feed(item: Item, next: Exclude<NextRepetition, { kind: 'none' }>): Promise<void> {
    const before = this.holder;
    this.holder = item;
    if (before !== undefined && before !== item) before.preempted = endOf(before) > next.at;
    item.feeding = true;
    item.begun = next.repetition;
    try {
      await this.events.begin(item.order, next.repetition);
    } catch {
      item.feeding = false;
      if (!item.closed) this.close(item, 'INTERRUPTED');
      this.review();
      return;
    }
    item.feeding = false;
    // A stop, or something of higher rank, may have come while the disk was writing.
    if (item.closed) return;
    if (this.holder !== item && this.holder !== undefined) {
      this.repetitionLost(item, next.repetition);
      return;
    }
    this.hand(item, next);
    this.review();
  }

  private hand(item: Item, next: Exclude<NextRepetition, { kind: 'none' }>): void {
    const { card, clock, time, amplifier } = this.ports;
    const { dispatch, message, messageDigest } = item.order;
    const { repetition, at } = next;
    const inMs = (time.monotonicAt(at) ?? clock.monotonicMs()) - clock.monotonicMs();
    item.preempted = false;
    amplifier(true);
    const ticket = card.schedule({
      dispatchId: dispatch.dispatchId, messageDigest, repetition, startAt: Math.round(at), sounds: item.sounds, gainDb: VOLUME_DB[message.volume],
      startFrame: Math.round(card.frameNow() + inMs * FRAMES_PER_MS),
      mayCut: [...this.items.values()].some((other) => other !== item && other.preempted && other.sounding !== undefined),
      onFirstSample: (frame) => this.firstSample(item, repetition, frame),
      onEnd: (end) => this.lastSample(item, repetition, end),
    });
    // A card fed late may have begun inside `schedule` already.
    item.sounding ??= { repetition, ticket, startedAt: null, watchdog: undefined };
    item.sounding = { ...item.sounding, ticket };
  }

  private firstSample(item: Item, repetition: number, frame: number): void {
    const startedAt = this.districtTimeOf(frame);
    item.firstAt ??= startedAt;
    const sounding = item.sounding ?? { repetition, ticket: { cancel: () => undefined }, startedAt: null, watchdog: undefined };
    item.sounding = { ...sounding, startedAt };
    const { message, dispatch } = item.order;
    const whole = item.firstAt + dispatch.maxDurationMs - startedAt;
    const once = bodyDurationMs(message.body.segments) + PLAY_SLACK_MS;
    item.sounding.watchdog = this.ports.clock.setTimer(Math.max(0, Math.min(whole, once)), () => this.overran(item, repetition));
    this.events.audible(item.order, repetition, Math.round(startedAt));
  }

  /** The signed maximum ends the sound with no message at all (design 5 "Live", last sentence). */
  private overran(item: Item, repetition: number): void {
    if (item.closed || item.sounding?.repetition !== repetition) return;
    this.close(item, 'INTERRUPTED');
    this.review();
  }

  private lastSample(item: Item, repetition: number, end: CardEnd): void {
    if (item.closed || item.sounding?.repetition !== repetition) return;
    const { startedAt, watchdog } = item.sounding;
    watchdog?.cancel();
    item.sounding = undefined;
    const heard = heardOf(repetition, startedAt, this.districtTimeOf(end.frame), end);
    if (end.how === 'cut') {
      this.cutOff(item, heard);
      return;
    }
    if (end.how === 'failed') {
      this.soundless(item, heard);
      return;
    }
    item.ended = repetition;
    this.events.ended(item.order, heard);
    if (repetition >= lastOf(item)) this.close(item, null);
    this.review();
  }

  /** Something of higher rank took the loudspeaker while this one sounded. */
  private cutOff(item: Item, heard: Heard): void {
    item.preempted = true;
    const over = item.order.message.whenPreempted === 'drop' || heard.repetition >= lastOf(item);
    if (over) this.close(item, 'PREEMPTED', heard);
    else this.events.repetitionFailed(item.order, heard, 'PREEMPTED');
    this.review();
  }

  /** The sound device gave out: this repetition was not heard to its end, or not at all. */
  private soundless(item: Item, heard: Heard): void {
    if (heard.repetition >= lastOf(item)) this.close(item, 'SILENT', heard);
    else this.events.repetitionFailed(item.order, heard, 'SILENT');
    this.review();
  }

  /** Something of higher rank came between its floor and its first sample. */
  private repetitionLost(item: Item, repetition: number): void {
    item.preempted = true;
    const over = item.order.message.whenPreempted === 'drop' || repetition >= lastOf(item);
    if (over) this.close(item, 'PREEMPTED');
    this.review();
  }

  private close(item: Item, reason: FailureReason | null, cut: Heard | null = null): void {
    if (item.closed) return;
    item.closed = true;
    const heard = cut ?? this.silence(item);
    this.items.delete(item.order.dispatch.dispatchId);
    if (this.holder === item) this.holder = undefined;
    if ([...this.items.values()].every((other) => other.sounding === undefined)) this.ports.amplifier(false);
    this.events.closed(item.order, reason, heard);
  }

  private silence(item: Item): Heard | null {
    const { sounding } = item;
    if (sounding === undefined) return null;
    item.sounding = undefined;
    sounding.watchdog?.cancel();
    sounding.ticket.cancel(FADE_MS);
    if (sounding.startedAt === null) return null;
    const endedAt = this.ports.time.now();
    return heardOf(sounding.repetition, sounding.startedAt, endedAt === null ? null : endedAt + FADE_MS, null);
  }

  private districtTimeOf(frame: number): number {
    const { card, clock, time } = this.ports;
    const at = clock.monotonicMs() + (frame - card.frameNow()) / FRAMES_PER_MS;
    return time.at(at) ?? 0;
  }

  private wakeLater(now: number): void {
    const wakes = this.candidates(now).flatMap(({ item, next }) => {
      const fedAt = next.at - FEED_AHEAD_MS;
      // What waits for the loudspeaker is looked at again when it is free, and when its boundary or window passes.
      return fedAt > now ? [fedAt] : [Math.min(item.order.dispatch.notAfter, next.kind === 'due' ? next.at + FEED_AHEAD_MS : Infinity)];
    });
    const soonest = Math.min(...wakes.filter((at) => at > now));
    if (soonest !== Infinity) this.timer = this.ports.clock.setTimer(soonest - now, () => this.review());
  }
}

/** When the holder will be through with all that it still has. */
function endOf(item: Item): number {
  const { order, sounding } = item;
  const alone = sounding?.startedAt ?? null;
  const bodyEnd = alone === null ? 0 : alone + bodyDurationMs(order.message.body.segments);
  return Math.max(lastEndAt(order), bodyEnd);
}

/** The last repetition that begins inside the window. */
function lastOf({ order }: Item): number {
  return lastRepetition(order.message, order.dispatch);
}

/** Why nothing of it follows when no repetition may start any more. */
function reasonWithout(item: Item): FailureReason | null {
  if (item.ended > 0 && item.ended >= lastOf(item)) return null;
  if (item.interrupted) return 'INTERRUPTED';
  if (item.begun === 0) return 'EXPIRED';
  return 'PREEMPTED';
}

function heardOf(repetition: number, startedAt: number | null, endedAt: number | null, end: CardEnd | null): Heard {
  return {
    repetition, fromMs: 0, startedAt: startedAt === null ? null : Math.round(startedAt), endedAt: endedAt === null ? null : Math.round(endedAt),
    digest: end?.digest ?? null, levelCentiDbfs: end?.levelCentiDbfs ?? null,
  };
}
