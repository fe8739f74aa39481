import {
  envelopeSchema, eventSchema, receiptSchema, type EnvelopeShape, type ExchangeRequest, type Isolate, type Receipt, type SecurityEvent, type ServerFrame, type Stop,
  type TerminalFrame,
} from '#libs/contracts';
import { afterReceipt, afterRefusal, isFinal, type DeliveryFacts } from '#libs/domain';
import type { Envelope } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';
import { FRAMES_PER_MS } from '../../../apps/terminal-agent/src/hardware/sound-card';
import { sharedDecoding } from '../../../apps/terminal-agent/src/simulator/shared-decoding';
import type { CardRecord } from '../../../apps/terminal-agent/src/simulator/virtual-card';
import { payloadOf, type World } from '../trust-builder';
import { seededChance } from './driven-time';
import type { TestSound } from './fake-media';
import { orderOf, type TestOrder } from './orders';
import { TestTerminal, type TestTerminalOptions } from './test-terminal';

/** How frames to the terminal fare; changed in the middle of a run. */
export interface Network {
  /** Each way, ms, drawn evenly. */
  latencyMs: readonly [number, number];
  /** Share of pushes that never arrive; exchanges repair them. */
  loss: number;
  /** Share of pushes that arrive twice. */
  twice: number;
  /** Frames may overtake each other, as over two uplinks. */
  shuffles: boolean;
}

/** One order as the platform sees it: what it is, and what the terminal's signed words have made of its delivery. */
export interface Placed extends TestOrder {
  readonly startAt: number;
  readonly notAfter: number;
  readonly repeats: number;
  /** One repetition and its gap, ms. */
  readonly periodMs: number;
  delivery: DeliveryFacts;
}

/** A resumption goes on where the stop was given, a little before where it was obeyed. */
const ALLOWED_TWICE_MS = { same: 50, resumed: 1_000 } as const;

/** How much of one repetition both records sounded, ms. */
function heardTwiceMs(before: CardRecord, after: CardRecord): number {
  if (before.job.messageDigest !== after.job.messageDigest || before.job.repetition !== after.job.repetition) return 0;
  const [a, b] = [before, after].map(({ job, startedAt, endedAt }) => ({ from: job.fromFrame / FRAMES_PER_MS, until: job.fromFrame / FRAMES_PER_MS + (endedAt ?? startedAt) - startedAt }));
  return a === undefined || b === undefined ? 0 : Math.min(a.until, b.until) - Math.max(a.from, b.from);
}

/** Every run plays the same few sounds. */
const DECODED = sharedDecoding();
const QUEUED: DeliveryFacts = { state: 'queued', reason: null, refusal: null, repetition: 0, counter: null, ackedAt: null, audibleAt: null, doneAt: null, voice: null };

/**
 * One whole terminal in bad weather: a small platform and gateway in memory that push, repair by exchange, acknowledge
 * receipts and judge deliveries with the platform's own rules, over a network that delays, loses, doubles and shuffles.
 * Everything that is random comes from one seed. `faults` says which promise was broken.
 */
export class Weather {
  readonly network: Network = { latencyMs: [5, 40], loss: 0, twice: 0, shuffles: false };
  readonly placed: Placed[] = [];
  readonly receipts: Receipt[] = [];
  readonly events: SecurityEvent[] = [];
  /** Beacons are answered while this is true. */
  answers = true;
  /** Whether beacons echo the nonce that was asked. */
  echoes = true;
  private readonly stops: { readonly envelope: Envelope; readonly stopId: string }[] = [];
  private readonly isolates: { readonly envelope: Envelope; readonly isolateId: string; readonly notAfter: number }[] = [];
  private readonly counters = new Set<number>();
  private lastArrival = 0;
  private documents: EnvelopeShape[] = [];

  private constructor(readonly seed: number, readonly world: World, readonly terminal: TestTerminal, private readonly chance: ReturnType<typeof seededChance>) {}

  /** Online, with documents, place and time, unless told otherwise. */
  static async open(world: World, seed: number, options: TestTerminalOptions = {}): Promise<Weather> {
    const chance = seededChance(seed);
    const skew = { ppm: Math.round((chance.fraction() - 0.5) * 80), offsetMs: Math.round((chance.fraction() - 0.5) * 10_000) };
    const weather = new Weather(seed, world, await TestTerminal.make(world, { seed, skew, decode: DECODED, ...options }), chance);
    const { link } = weather.terminal;
    link.onConnect = () => weather.deliver({ kind: 'challenge', nonce: '0123456789abcdef0123456789abcdef', serverTime: Math.floor(weather.truth.now()) });
    link.onSent = (frame) => { void weather.take(frame); };
    await weather.connect();
    await weather.move(4_000 + weather.between(0, 500));
    return weather;
  }

  get truth() {
    return this.terminal.truth;
  }

  between(least: number, most: number): number {
    return least + this.chance.fraction() * (most - least);
  }

  int(below: number): number {
    return Math.floor(this.chance.fraction() * below);
  }

  shuffle<T>(list: readonly T[]): T[] {
    return list.map((one) => ({ one, lot: this.chance.fraction() })).sort((a, b) => a.lot - b.lot).map(({ one }) => one);
  }

  move(ms: number): Promise<void> {
    return this.truth.move(ms);
  }

  /** Moves to a moment of true time; does nothing when it has passed. */
  until(at: number): Promise<void> {
    return this.move(Math.max(0, at - this.truth.now()));
  }

  async connect(): Promise<void> {
    this.terminal.link.up = true;
    this.terminal.agent.connect(0);
    await this.move(1);
  }

  /** The link breaks and stays broken. */
  disconnect(): void {
    this.terminal.link.up = false;
    this.terminal.link.cut();
  }

  /** Power off, and on again after `darkMs`; with or without a link. */
  async dip(darkMs: number, linkAfter = true): Promise<void> {
    this.terminal.crash();
    this.terminal.link.up = linkAfter;
    await this.move(darkMs);
    await this.terminal.boot();
    this.terminal.agent.connect(0);
    await this.move(1);
  }

  /** Signs an order and puts it into the database; `push` sends it at once as well. */
  async place(sounds: readonly TestSound[], set: Partial<Parameters<typeof orderOf>[3]> & { readonly push?: boolean; readonly by?: 't1' | 'd' | 't2' | 'v1' } = {}): Promise<Placed> {
    const { push = true, by = 't1', ...rest } = set;
    const startAt = Math.floor(rest.startAt ?? this.truth.now() + 700);
    const bodyMs = sounds.reduce((sum, { segment }) => sum + segment.durationMs, 0);
    const repeats = rest.repeats ?? 2;
    const gapMs = rest.message?.gapMs ?? 1_000;
    const notAfter = Math.floor(rest.notAfter ?? startAt + 60_000);
    const made = await orderOf(this.world, by, sounds, { ...rest, startAt, repeats, notAfter });
    const placed = { ...made, startAt, notAfter, repeats, periodMs: bodyMs + gapMs };
    if (by !== 't2') return this.register(placed, push);
    this.push({ kind: 'order', order: made.order });
    return { ...placed, delivery: QUEUED };
  }

  /** Puts an order that somebody else made into the database. */
  register(made: Omit<Placed, 'delivery'>, push = true): Placed {
    const placed: Placed = { ...made, delivery: { ...QUEUED, state: 'sent' } };
    this.placed.push(placed);
    if (push) this.push({ kind: 'order', order: made.order });
    return placed;
  }

  /** A stop of everything or of one message, in the database and pushed. */
  async stop(scope: Stop['scope'], push = true): Promise<{ readonly envelope: Envelope; readonly stopId: string }> {
    const now = Math.floor(this.truth.now());
    const envelope = await this.world.stop('t1', { set: { issuedAt: now, notAfter: now + 86_400_000, scope } });
    const { stopId } = JSON.parse(new TextDecoder().decode(payloadOf(envelope))) as Stop;
    const stop = { envelope, stopId };
    this.stops.push(stop);
    if (push) this.push({ kind: 'stop', stop: envelopeSchema.parse(envelope) });
    return stop;
  }

  /** The village shuts out what comes from above for ten minutes. */
  async isolate(push = true): Promise<Envelope> {
    const issuedAt = Math.floor(this.truth.now());
    const envelope = await this.world.isolate('v1', { set: { issuedAt, notAfter: issuedAt + 600_000 } });
    const { isolateId, notAfter } = JSON.parse(new TextDecoder().decode(payloadOf(envelope))) as Isolate;
    this.isolates.push({ envelope, isolateId, notAfter });
    if (push) this.push({ kind: 'isolate', isolate: envelopeSchema.parse(envelope) });
    return envelope;
  }

  /** A hint: it may be lost, doubled or overtaken. */
  push(frame: ServerFrame): void {
    if (this.chance.fraction() >= this.network.loss) this.deliver(frame);
    if (this.chance.fraction() < this.network.twice) this.deliver(frame);
  }

  /** Past the network: the test decides when it arrives. */
  deliverNow(frame: ServerFrame): void {
    this.terminal.give(frame);
  }

  /** What sounded, in order. */
  starts(): readonly CardRecord[] {
    return this.terminal.starts();
  }

  startsOf({ dispatchId }: Placed): readonly CardRecord[] {
    return this.starts().filter(({ job }) => job.dispatchId === dispatchId);
  }

  boundary({ startAt, periodMs }: Placed, repetition: number): number {
    return startAt + (repetition - 1) * periodMs;
  }

  /** The platform's own last word about orders that never came to the terminal; of all others the terminal must have had it. */
  async closeOverdue(): Promise<void> {
    const read = await this.terminal.disk.read('journal');
    const journal = read.kind === 'whole' ? new TextDecoder().decode(read.bytes) : '';
    for (const placed of this.placed) {
      if (!isFinal(placed.delivery.state) && !journal.includes(placed.dispatchId)) placed.delivery = { ...placed.delivery, state: 'failed', reason: 'OFFLINE_NET' };
    }
  }

  /** Each broken promise in a sentence; asked at the end of a run, when every window is over. */
  faults(): readonly string[] {
    const starts = this.starts();
    const known = new Map(this.placed.map((placed) => [placed.dispatchId as string, placed]));
    const stale = starts.filter(({ job, startedAt }) => startedAt >= (known.get(job.dispatchId)?.notAfter ?? Infinity)).map(({ job }) => `stale: repetition ${job.repetition} began after the window`);
    const outside = starts.filter(({ job }) => !known.has(job.dispatchId)).map(({ job }) => `outside: ${job.dispatchId} sounded`);
    const doubled = starts.flatMap((record, index) => starts.slice(0, index).filter((before) => heardTwiceMs(before, record) > ALLOWED_TWICE_MS[before.job.dispatchId === record.job.dispatchId ? 'same' : 'resumed'])
      .map(() => `doubled: ${record.job.messageDigest.slice(0, 8)} ${record.job.repetition}`));
    const overlapping = starts.filter((record, index) => index > 0 && record.startedAt < (starts[index - 1]?.endedAt ?? Infinity) - 50).map(({ job }) => `two at once: ${job.messageDigest.slice(0, 8)} ${job.repetition}`);
    const open = this.placed.filter(({ delivery }) => !isFinal(delivery.state)).map(({ dispatchId, delivery }) => `open: ${dispatchId} is ${delivery.state}`);
    const unsaid = this.placed.filter(({ delivery }) => delivery.state === 'failed' && delivery.reason === null).map(({ dispatchId }) => `without a reason: ${dispatchId}`);
    const unheard = this.placed.filter((placed) => placed.delivery.state === 'done' && this.startsOf(placed).length === 0).map(({ dispatchId }) => `done but never sounded: ${dispatchId}`);
    const broken = this.terminal.faults.map((fault) => `fault in the agent: ${String(fault)}`);
    return [...stale, ...outside, ...doubled, ...overlapping, ...open, ...unsaid, ...unheard, ...broken];
  }

  /** `dispatch-number state reason` of every delivery, in the order in which they were placed. */
  outcome(): readonly string[] {
    return this.placed.map(({ delivery: { state, reason } }, index) => [index + 1, state, ...(reason === null ? [] : [reason])].join(' '));
  }

  private deliver(frame: ServerFrame): void {
    const [least, most] = this.network.latencyMs;
    const at = this.truth.now() + this.between(least, most);
    const arrival = this.network.shuffles ? at : Math.max(at, this.lastArrival);
    this.lastArrival = Math.max(this.lastArrival, arrival);
    const { connects } = this.terminal.link;
    // What is on its way when the connection breaks is lost.
    this.truth.setTimer(arrival - this.truth.now(), () => { if (this.terminal.link.connects === connects) this.terminal.give(frame); });
  }

  private async take(frame: TerminalFrame): Promise<void> {
    switch (frame.kind) {
      case 'claim':
        this.deliver({ kind: 'claimed', terminal: this.terminal.id });
        return;
      case 'hello':
        this.deliver({ kind: 'welcome', mediaToken: 'a-token-of-some-length' });
        return;
      case 'time': {
        const [least, most] = this.network.latencyMs;
        const { connects } = this.terminal.link;
        const there = this.between(least, most);
        const back = this.between(least, most);
        const t2 = this.truth.now() + there;
        this.truth.setTimer(there + back, () => { if (this.terminal.link.connects === connects) this.terminal.give({ kind: 'time', t1: frame.t1, t2, t3: t2 }); });
        return;
      }
      case 'receipts':
        this.judge(frame.envelopes);
        return;
      case 'exchange':
        await this.answer(frame);
        return;
      case 'listen':
      case 'unlisten':
      case 'progress':
    }
  }

  private judge(envelopes: readonly EnvelopeShape[]): void {
    for (const envelope of envelopes) {
      const json: unknown = JSON.parse(new TextDecoder().decode(payloadOf(envelope)));
      const receipt = receiptSchema.safeParse(json);
      if (receipt.success) this.judgeReceipt(receipt.data);
      else this.judgeEvent(json);
    }
    let counter = 0;
    while (this.counters.has(counter + 1)) counter += 1;
    this.deliver({ kind: 'ack', counter });
  }

  private judgeReceipt(receipt: Receipt): void {
    if (this.counters.has(receipt.counter)) return;
    this.counters.add(receipt.counter);
    this.receipts.push(receipt);
    const placed = this.placed.find(({ dispatchId }) => dispatchId === receipt.dispatchId);
    if (placed !== undefined) placed.delivery = afterReceipt(placed.delivery, receipt, placed.repeats);
  }

  private judgeEvent(json: unknown): void {
    const event = eventSchema.parse(json);
    if (this.counters.has(event.counter)) return;
    this.counters.add(event.counter);
    this.events.push(event);
    const placed = this.placed.find(({ order }) => sha256Hex(payloadOf(order.dispatch)) === event.subject);
    if (placed !== undefined && event.code !== null) placed.delivery = afterRefusal(placed.delivery, event.code);
  }

  private async answer(asked: ExchangeRequest): Promise<void> {
    if (!this.answers) return;
    const now = Math.floor(this.truth.now());
    const nonce = this.echoes ? asked.nonce : null;
    const beacon = await this.world.beacon('d', { set: {
      at: now, nonce, terminal: nonce === null ? null : this.terminal.id, counter: nonce === null ? null : Math.max(0, ...this.counters),
    } });
    if (this.documents.length === 0) this.documents = await this.terminal.documents();
    const inForce = this.placed.filter(({ notAfter }) => notAfter > now);
    const isolates = this.isolates.filter(({ notAfter }) => notAfter > now);
    const ids = [...inForce.map(({ dispatchId }): string => dispatchId), ...this.stops.map(({ stopId }) => stopId), ...isolates.map(({ isolateId }) => isolateId)];
    const same = sha256Hex(new TextEncoder().encode(ids.sort().join('\n'))) === asked.held;
    this.deliver({
      kind: 'exchange', beacon: envelopeSchema.parse(beacon), documents: asked.assignmentVersion === 0 || asked.versions === null ? this.documents : [],
      stops: same ? [] : this.stops.map(({ envelope }) => envelopeSchema.parse(envelope)),
      isolates: same ? [] : isolates.map(({ envelope }) => envelopeSchema.parse(envelope)),
      orders: same ? [] : inForce.filter(({ delivery }) => !isFinal(delivery.state)).map(({ order }) => order),
    });
  }
}
