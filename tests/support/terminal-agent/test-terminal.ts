import {
  receiptSchema, eventSchema, type EnvelopeShape, type ExchangeAnswer, type Order, type Receipt, type SecurityEvent, type ServerFrame, envelopeSchema,
} from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import { Agent } from '../../../apps/terminal-agent/src/agent';
import { ownTrustSteps } from '../../../apps/terminal-agent/src/admit/trust-steps';
import type { RefusedCommand } from '../../../apps/terminal-agent/src/admit/refusals';
import type { LivePacket } from '../../../apps/terminal-agent/src/hardware/card-voice';
import type { CardJob, CardTicket, SoundCard } from '../../../apps/terminal-agent/src/hardware/sound-card';
import { RecentSounds } from '../../../apps/terminal-agent/src/media/recent-sounds';
import { decodeSounds } from '../../../apps/terminal-agent/src/playout/decode-sound';
import { SimulatedHardware } from '../../../apps/terminal-agent/src/simulator/simulated-hardware';
import { skewedClock, type Skew } from '../../../apps/terminal-agent/src/simulator/true-time';
import { VirtualCard, type CardRecord, type Decode } from '../../../apps/terminal-agent/src/simulator/virtual-card';
import { parseFrame } from '../../../apps/terminal-agent/src/uplink/parse-frame';
import { NOW, payloadOf, terminalOf, type PlatformName, type World } from '../trust-builder';
import { DrivenTime, seededChance, settled } from './driven-time';
import { FakeDisk } from './fake-disk';
import { FakeMedia } from './fake-media';
import { MemoryLink } from './memory-link';

export interface TestTerminalOptions {
  readonly platform?: PlatformName;
  readonly skew?: Skew;
  readonly batteryClock?: boolean;
  readonly truth?: DrivenTime;
  readonly media?: FakeMedia;
  readonly disk?: FakeDisk;
  readonly seed?: number;
  /** Runs that play the same again and again share one decoding. */
  readonly decode?: Decode;
  /** What stands between agent and card. */
  readonly card?: (card: SoundCard) => SoundCard;
}

/**
 * A whole agent on a driven clock, a fake disk, a link in memory and a virtual card; the test is gateway and platform.
 * Its device key is made by the agent itself, and the assignment is signed for that key.
 */
export class TestTerminal {
  readonly link = new MemoryLink();
  /** The box: switches, amplifier, horn, and whether its disk has room. */
  readonly hardware: SimulatedHardware;
  readonly records = new Map<string, CardRecord>();
  /** Packets of living voices that sounded whole, in order, and when each began; true Unix ms. */
  readonly voiced: { readonly packet: LivePacket; readonly at: number }[] = [];
  readonly refused: RefusedCommand[] = [];
  readonly incidents: string[] = [];
  readonly faults: unknown[] = [];
  /** Called instead of handing a job to the card; false lets it through. */
  beforeCard: (() => boolean) | undefined;
  private agentNow: Agent | undefined;
  private boots = 0;
  private alive = { yes: true };

  private constructor(
    readonly world: World, readonly platform: PlatformName, readonly truth: DrivenTime, readonly disk: FakeDisk, readonly media: FakeMedia,
    private readonly options: TestTerminalOptions,
  ) {
    this.hardware = new SimulatedHardware({ clock: options.batteryClock === false ? 'none' : 'battery' });
  }

  static async make(world: World, options: TestTerminalOptions = {}): Promise<TestTerminal> {
    const terminal = new TestTerminal(
      world, options.platform ?? 't1', options.truth ?? new DrivenTime(NOW), options.disk ?? new FakeDisk(), options.media ?? new FakeMedia(), options,
    );
    terminal.link.onSent = (frame) => {
      // The gateway answers time probes at once, on a path without delay.
      if (frame.kind === 'time') queueMicrotask(() => terminal.give({ kind: 'time', t1: frame.t1, t2: terminal.truth.now(), t3: terminal.truth.now() }));
    };
    await terminal.boot();
    return terminal;
  }

  /** Booted, enrolled, with documents, assignment, time and a link that answers. */
  static async ready(world: World, options: TestTerminalOptions = {}): Promise<TestTerminal> {
    const terminal = await TestTerminal.make(world, options);
    await terminal.goOnline();
    return terminal;
  }

  get agent(): Agent {
    if (this.agentNow === undefined) throw new Error('the terminal is off');
    return this.agentNow;
  }

  get id() {
    return terminalOf(`${this.platform}-term-1`);
  }

  /** `skew`: how its clock runs from now on, where it does not as before. */
  async boot(skew: Skew = this.options.skew ?? { ppm: 0, offsetMs: 0 }): Promise<void> {
    const alive = { yes: true };
    this.alive = alive;
    this.boots += 1;
    const { truth, disk } = this;
    const chance = seededChance((this.options.seed ?? 1) * 1000 + this.boots);
    // A dead agent's timers and card must not go on: it had no power.
    const guarded = { now: () => truth.now(), setTimer: (ms: number, then: () => void) => truth.setTimer(ms, () => { if (alive.yes) then(); }) };
    const card = new VirtualCard({
      truth: guarded, ppm: skew.ppm,
      decode: this.options.decode ?? ((sounds, fromFrame) => decodeSounds(sounds, fromFrame, () => Promise.resolve())),
      onRecord: (record) => { this.records.set(`${record.job.dispatchId} ${record.job.repetition} ${record.readyAt}`, record); },
      onPacket: (_record, packet, at) => { this.voiced.push({ packet, at }); },
    });
    const gate: SoundCard = {
      frameNow: () => card.frameNow(),
      silence: (fadeMs) => card.silence(fadeMs),
      schedule: (job: CardJob): CardTicket => {
        if (this.beforeCard?.() === true || !alive.yes) return { cancel: () => undefined };
        return card.schedule(job);
      },
    };
    this.agentNow = await Agent.boot({
      clock: skewedClock(guarded, skew, chance), chance, disk: this.hardware.disk(disk), shelf: this.hardware.shelf(disk.shelf()), card: (this.options.card ?? ((card) => card))(this.hardware.card(gate)),
      unit: this.hardware.unit(),
      link: this.link, media: this.media, parse: parseFrame, trust: ownTrustSteps, sounds: new RecentSounds(8),
    }, {
      root: envelopeSchema.parse(this.world.expected.rootEnvelope), rootOf: { demo: true }, claimCode: 'ABCDEFGH12345678', physicalCode: 'HORN-1', agent: 'test',
    }, { onRefused: (command) => this.refused.push(command), onIncident: (kind) => this.incidents.push(kind), onFault: (fault) => this.faults.push(fault) });
  }

  /** Power cut: un-synced writes are gone, the card is silent, nothing says goodbye. */
  crash(): void {
    this.alive.yes = false;
    this.agentNow = undefined;
    this.disk.crash();
    this.link.cut();
    for (const [name, record] of this.records) if (record.endedAt === null) this.records.set(name, { ...record, endedAt: this.truth.now() });
  }

  /** Connects and plays gateway and platform until the terminal is ready. */
  async goOnline(): Promise<void> {
    this.agent.connect(0);
    await this.truth.move(1);
    await this.greet();
    await this.answerExchange({ documents: await this.documents() });
    await this.truth.move(1_100);
    await this.answerExchange({});
    await this.truth.move(1_500);
  }

  /** Challenge, claim if it claims, welcome. */
  async greet(): Promise<void> {
    this.give({ kind: 'challenge', nonce: '0123456789abcdef0123456789abcdef', serverTime: Math.floor(this.truth.now()) });
    await settled();
    if (this.link.sent.at(-1)?.kind === 'claim') {
      this.give({ kind: 'claimed', terminal: this.id });
      await settled();
    }
    this.give({ kind: 'welcome', mediaToken: 'a-token-of-some-length' });
    await settled();
  }

  /** The lineage's documents and an assignment to the agent's own key. */
  async documents(): Promise<EnvelopeShape[]> {
    const lineage = Object.keys(this.world.versions(this.platform).charters);
    const own = this.world.expected.documents.filter((document) => lineage.includes(platformNamed(document)));
    return [...own, await this.assignment()].map((document) => envelopeSchema.parse(document));
  }

  async assignment(version = 1): Promise<Envelope> {
    const claim = this.link.of('claim')[0];
    if (claim === undefined) throw new Error('the terminal has not claimed');
    const { device } = this.world;
    const standard = await this.world.assignment(this.platform);
    const payload = JSON.parse(new TextDecoder().decode(payloadOf(standard))) as { terminals: { deviceKeyId: string; version: number }[] };
    const terminals = payload.terminals.map((entry) => ({ ...entry, deviceKeyId: entry.deviceKeyId === device.record.keyId ? claim.key.keyId : entry.deviceKeyId, version }));
    return this.world.assignment(this.platform, { set: { terminals } as never });
  }

  /** Answers the newest exchange, with a beacon of now that echoes its nonce. */
  async answerExchange(set: Partial<ExchangeAnswer> & { readonly counter?: number }): Promise<void> {
    const asked = this.link.of('exchange').at(-1);
    const { counter = 0, ...parts } = set;
    const nonce = asked?.nonce ?? null;
    const beacon = await this.world.beacon('d', { set: {
      at: Math.floor(this.truth.now()), nonce, terminal: nonce === null ? null : this.id, counter: nonce === null ? null : counter,
    } });
    this.give({ kind: 'exchange', beacon: envelopeSchema.parse(beacon), documents: [], stops: [], isolates: [], orders: [], ...parts });
    await settled();
  }

  give(frame: ServerFrame): void {
    this.link.give(frame);
  }

  async order(order: Order): Promise<void> {
    this.give({ kind: 'order', order });
    await settled();
  }

  async stop(stop: Envelope): Promise<void> {
    this.give({ kind: 'stop', stop: envelopeSchema.parse(stop) });
    await settled();
  }

  /** Everything that sounded, in order. */
  starts(): readonly CardRecord[] {
    return [...this.records.values()].sort((a, b) => a.startedAt - b.startedAt);
  }

  receipts(): readonly Receipt[] {
    return this.signed('receipt', (json) => receiptSchema.parse(json));
  }

  events(): readonly SecurityEvent[] {
    return this.signed('event', (json) => eventSchema.parse(json));
  }

  /** `state repetition reason` of each receipt, each counter once. */
  told(): readonly string[] {
    return this.receipts().map(({ state, repetition, reason }) => [state, repetition, ...(reason === null ? [] : [reason])].join(' '));
  }

  private signed<T extends { readonly counter: number }>(word: string, read: (json: unknown) => T): readonly T[] {
    const all = this.link.of('receipts').flatMap((frame) => frame.envelopes).filter((envelope) => envelope.payloadType.includes(`.${word}.`));
    const byCounter = new Map(all.map((envelope) => read(JSON.parse(new TextDecoder().decode(payloadOf(envelope))))).map((one) => [one.counter, one]));
    return [...byCounter.values()].sort((a, b) => a.counter - b.counter);
  }
}

function platformNamed(document: Envelope): string {
  return (JSON.parse(new TextDecoder().decode(payloadOf(document))) as { platform: string }).platform;
}
