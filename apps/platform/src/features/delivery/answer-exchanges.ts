import { Inject, Injectable } from '@nestjs/common';
import { envelopeSchema, orderSchema, type DispatchId, type ExchangeAnswer, type ExchangeRequest, type Order, type TerminalId } from '#libs/contracts';
import { NEWS_WITHHELD } from '#libs/domain';
import { sha256Hex } from '#libs/suites';
import type { Clock } from '../../kernel/clock';
import type { Log } from '../../kernel/log';
import { CLOCK, LOG } from '../../kernel/tokens';
import { serverScope } from '../access';
import { SecurityEvents } from '../audit';
import { Beacons, History } from '../authority';
import { Terminals } from '../terminals';
import { DELIVERY_STORE, type CounterState, type DeliveryStore, type ShouldHold, type StopInForce } from './delivery.store';
import { Isolates, type StandingIsolate } from './isolates';
import { PushFrames } from './push-frames';
import { Restrictions, type StandingRestriction } from './restrictions';
import { WithheldNews } from './withheld-news';

/** One terminal's exchange, as the gateway hands it on. */
export interface TerminalExchange {
  readonly terminal: TerminalId;
  readonly exchange: ExchangeRequest;
}
export interface TerminalAnswer {
  readonly terminal: TerminalId;
  readonly exchange: ExchangeAnswer;
}

/** What the database says that a terminal should know. */
interface KnownOf {
  readonly hold: ShouldHold | undefined;
  readonly stops: readonly StopInForce[];
  readonly isolates: readonly StandingIsolate[];
  readonly restrictions: readonly StandingRestriction[];
  readonly counter: CounterState | undefined;
}

/** Orders kept parsed; they never change. */
const MOST_ORDERS = 256;

/**
 * The heartbeat and the repair of everything: what a terminal lacks of documents, and, when the hash of what it holds
 * differs from ours, the stops, isolates and restrictions that concern it and the orders that it may still have to play.
 */
@Injectable()
export class AnswerExchanges {
  private readonly scope = serverScope('answers exchanges');
  private readonly orders = new Map<DispatchId, Order>();
  private readonly news = new WithheldNews();

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
    @Inject(DELIVERY_STORE) private readonly store: DeliveryStore,
    private readonly terminals: Terminals,
    private readonly beacons: Beacons,
    private readonly frames: PushFrames,
    private readonly isolates: Isolates,
    private readonly restrictions: Restrictions,
    private readonly events: SecurityEvents,
    private readonly history: History,
  ) {}

  async run(exchanges: readonly TerminalExchange[]): Promise<readonly TerminalAnswer[]> {
    const now = Math.trunc(this.clock.now());
    const known = exchanges.filter(({ terminal }) => this.terminals.platformOf(terminal) !== undefined);
    const ids = known.map(({ terminal }) => terminal);
    const [holds, stops, counters, isolates, restrictions] = await Promise.all([
      this.store.shouldHold(this.scope, ids, now), this.store.stopsInForce(this.scope, now), this.store.counters(this.scope, ids), this.isolates.inForce(now),
      this.restrictions.notOver(now),
      this.terminals.recordHealth(known.map(({ terminal, exchange }) => ({ terminal, at: now, health: exchange.health }))),
    ]);
    for (const { terminal, exchange } of known) this.history.witness(terminal, exchange.versions, exchange.head ?? null);
    await this.passGaps(known, counters, now);
    const booting = known.filter(({ exchange }) => exchange.nonce !== null).map(({ terminal }) => terminal);
    this.frames.pushStock(booting).catch((cause: unknown) => this.log.debug('delivery.stock-not-pushed', { terminals: booting.length, cause: String(cause) }));
    const answers: TerminalAnswer[] = [];
    for (const { terminal, exchange } of known) {
      answers.push({ terminal, exchange: await this.answer(terminal, exchange, { hold: holds.get(terminal), stops, isolates, restrictions, counter: counters.get(terminal) }) });
    }
    await this.tellWithheld(known, answers, now);
    const repaired = answers.filter(({ exchange }) => exchange.stops.length + exchange.orders.length > 0);
    if (repaired.length > 0) {
      this.log.debug('delivery.repaired', {
        terminals: repaired.length, stops: repaired.reduce((sum, { exchange }) => sum + exchange.stops.length, 0),
        orders: repaired.reduce((sum, { exchange }) => sum + exchange.orders.length, 0),
      });
    }
    return answers;
  }

  /**
   * After an older or a new database, or a new disk in a terminal, receipts begin behind a gap that nothing will fill: a
   * terminal keeps the last `spooledReceipts` up to its counter and has nothing older. What it says so is not signed, so
   * it moves the counter only up to where a record that it did sign begins; whoever lies here could as well forge an `ack`.
   */
  private async passGaps(known: readonly TerminalExchange[], counters: ReadonlyMap<TerminalId, CounterState>, now: number): Promise<void> {
    const gone = known.map(({ terminal, exchange }) => ({ terminal, through: exchange.counter - exchange.health.spooledReceipts }))
      .filter(({ terminal, through }) => through > (counters.get(terminal)?.acked ?? 0));
    if (gone.length === 0) return;
    for (const terminal of await this.store.passGaps(this.scope, gone)) {
      const platform = this.terminals.platformOf(terminal);
      this.log.warn('delivery.receipts-lost', { terminal });
      if (platform !== undefined) await this.events.recordAlone({ platform, terminal, at: now, kind: 'receipts-lost', code: null, subject: null, keyIds: [] });
    }
  }

  /** Terminals that say that they hear nothing of what they are answered: one event each a minute, one incident a platform. */
  private async tellWithheld(known: readonly TerminalExchange[], answers: readonly TerminalAnswer[], now: number): Promise<void> {
    const deaf = known.flatMap(({ terminal, exchange }, index) => {
      const platform = this.terminals.platformOf(terminal);
      const beacon = answers[index]?.exchange.beacon ?? null;
      const isDeaf = this.news.heard(terminal, exchange.health.state, beacon !== null, now);
      return isDeaf && platform !== undefined ? [{ platform, terminal, at: now, kind: NEWS_WITHHELD, code: null, subject: null, keyIds: [] }] : [];
    });
    if (deaf.length > 0) await this.events.recordTogether(deaf);
  }

  private async answer(terminal: TerminalId, exchange: ExchangeRequest, { hold, stops, isolates, restrictions, counter }: KnownOf): Promise<ExchangeAnswer> {
    const own = this.stopsFor(terminal, stops);
    const closing = isolates.filter(({ verified }) => this.isolates.closes(verified, terminal));
    const narrowing = restrictions.filter(({ verified }) => this.restrictions.concerns(verified, terminal));
    const ids = [
      ...(hold?.dispatches ?? []), ...own.map(({ stopId }) => stopId), ...[...closing, ...narrowing].map(({ verified }) => verified.digest),
    ];
    const same = heldHash(ids) === exchange.held;
    return {
      kind: 'exchange',
      beacon: await this.beacon(terminal, exchange.nonce, counter?.highest ?? 0),
      documents: this.terminals.documentsFor(terminal, exchange.versions, exchange.assignmentVersion).map((envelope) => envelopeSchema.parse(envelope)),
      stops: same ? [] : own.flatMap(({ stopId, envelope }) => this.readable(envelopeSchema.safeParse(envelope), stopId)),
      isolates: same ? [] : closing.map(({ envelope }) => envelope),
      ...(same || narrowing.length === 0 ? {} : { restrictions: narrowing.map(({ envelope }) => envelope) }),
      orders: same ? [] : [...await this.ordersOf(hold?.open ?? [])],
    };
  }

  /** Signed by the terminal's own platform, or by the next one above whose key this server holds. */
  private async beacon(terminal: TerminalId, nonce: string | null, counter: number): Promise<ExchangeAnswer['beacon']> {
    for (const platform of this.terminals.lineageOf(terminal)) {
      try {
        return envelopeSchema.parse(await this.beacons.signBeacon(platform, nonce === null ? 'shared' : { terminal, nonce, counter }));
      } catch (cause) {
        this.log.debug('delivery.no-beacon', { platform, cause: String(cause) });
      }
    }
    return null;
  }

  /** A terminal keeps the stops of places where it stands by its signed assignment. */
  private stopsFor(terminal: TerminalId, stops: readonly StopInForce[]): readonly StopInForce[] {
    const areas = new Set<string>(this.terminals.areasOf(terminal));
    const lineage = this.terminals.lineageOf(terminal);
    return stops.filter(({ platform, area }) => lineage.includes(platform) && areas.has(area));
  }

  /** A row that somebody edited is left out and said; it must not keep the others from their terminals. */
  private readable<T>(parsed: { readonly success: true; readonly data: T } | { readonly success: false }, id: string): readonly T[] {
    if (parsed.success) return [parsed.data];
    this.log.error('delivery.altered', { id });
    return [];
  }

  private async ordersOf(ids: readonly DispatchId[]): Promise<readonly Order[]> {
    const missing = ids.filter((id) => !this.orders.has(id));
    const read = missing.length === 0 ? [] : await this.store.dispatchesInForce(this.scope, missing);
    const found = new Map(read.flatMap(({ dispatchId, orderText }) => this.readable(orderSchema.safeParse(jsonOf(orderText)), dispatchId).map((order): [DispatchId, Order] => [dispatchId, order])));
    // Collected before anything is forgotten: what this answer needs is not kept for the next one at its cost.
    const orders = ids.map((id) => this.orders.get(id) ?? found.get(id)).filter((order) => order !== undefined);
    if (this.orders.size + found.size > MOST_ORDERS) this.orders.clear();
    for (const [id, order] of found) this.orders.set(id, order);
    return orders;
  }
}

/** SHA-256 of the sorted ids and digests, joined by line feeds (device link, `held`). */
export function heldHash(ids: readonly string[]): string {
  return sha256Hex(new TextEncoder().encode([...ids].sort().join('\n')));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
