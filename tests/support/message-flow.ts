/**
 * What the tests of messages, dispatch and delivery share: the small district of `platform-server` with five enrolled and
 * assigned terminals, a gateway with a memory, two recordings, and the way from a draft to the air.
 *
 *   const db = useDatabase();
 *   const server = usePlatform(db, { features: FEATURES });
 *   const flow = useMessageFlow(server);
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { assignmentSchema, dispatchSchema, platformRoutes, stopIdSchema, type ConsentOffers, type Dispatch, type DraftAnswer, type MediaView, type Message, type Order, type Receipt, type SecurityEvent, type Stop } from '#libs/contracts';
import { generateSiren, writeWav } from '#libs/audio';
import { encodePayload, fromBase64, type Envelope } from '#libs/envelope';
import { sha256Hex, signEnvelope } from '#libs/suites';
import { ImportStops } from '../../apps/platform/src/features/delivery/import-stops';
import { OutboxWorker } from '../../apps/platform/src/kernel/outbox';
import { FakeGateway } from './fake-gateway';
import type { Answer, Caller, PlatformServer } from './platform-server';
import { bringStock, TestVoice } from './test-voice';
import { digestNamed, makeKey, type PlatformName, type TestKey } from './trust-builder';

export const TERMINALS = ['t1-term-1', 't2-term-1', 'v1-term-1', 'v2-term-1', 'v3-term-1'] as const;

export interface Submitted {
  readonly id: string;
  readonly envelope: Envelope;
  readonly message: Message;
  readonly digest: string;
  /** What takes it back, signed by its author. */
  readonly corrections: readonly Envelope[];
}

export class MessageFlow {
  readonly devices = new Map<string, TestKey>();
  readonly callers = new Map<string, Caller>();
  private readonly counters = new Map<string, number>();
  private readonly supplied = new Map<string, MediaView>();
  readonly voice = new TestVoice((platform) => this.bring(platform));
  siren = '';
  speech = '';

  constructor(readonly server: PlatformServer, readonly gateway: FakeGateway) {}

  /** After a start on a database in which the terminals are already; `devices` are theirs. */
  async resume(devices: ReadonlyMap<string, TestKey>): Promise<void> {
    for (const [terminal, key] of devices) this.devices.set(terminal, key);
    await this.open();
    await this.present(TERMINALS);
    await this.bring('t1');
  }

  private async open(): Promise<void> {
    await this.gateway.open();
    this.voice.install(this.server.app);
    await bringStock(this.server.app);
  }

  async prepare(without: readonly string[] = []): Promise<void> {
    await this.open();
    for (const terminal of TERMINALS.filter((name) => !without.includes(name))) {
      const key = await makeKey(this.server.world.suites.servers);
      this.devices.set(terminal, key);
      await this.server.internal(platformRoutes.claim.path, { code: this.server.claimCode(terminal), physicalCode: `DEMO-${terminal.replace('-term-1', '')}`, key: key.record });
    }
    const officer = await this.as('d-officer-1');
    const { body } = await officer.post('/api/assignments/draft', {});
    const documents: Envelope[] = [];
    for (const { platform, payload } of body.batches as { platform: string; payload: string }[]) {
      const assignment = assignmentSchema.parse(JSON.parse(Buffer.from(payload, 'base64').toString()));
      documents.push(await signEnvelope('assignment', encodePayload(assignment), this.server.world.officers(platform).slice(0, 1)));
    }
    const assigned = await officer.post('/api/assignments', { documents });
    if (assigned.body.accepted === undefined) throw new Error(`not assigned: ${JSON.stringify(assigned.body)}`);
    await this.present(TERMINALS);
    await this.bring('t1');
  }

  /** This platform has both recordings. Short ones: levelling and encoding take time. */
  private async bring(platform: string): Promise<MediaView> {
    const known = this.supplied.get(platform);
    if (known !== undefined) return known;
    const author = await this.as(`${platform}-author`);
    this.siren = (await this.upload(author, writeWav(generateSiren('rise-fall', 600)), 'siren')).body.sha256;
    const { body } = await this.upload(author, writeWav(generateSiren('rise-fall', 400)), 'speech');
    this.speech = body.sha256;
    this.supplied.set(platform, body);
    return body;
  }

  /** These terminals are connected, all others are not. */
  async present(terminals: readonly string[]): Promise<void> {
    this.gateway.online = new Set(terminals);
    await this.server.internal(platformRoutes.presence.path, {
      gateway: 'test', reset: true, changes: terminals.map((terminal) => ({ terminal, online: true, at: this.server.clock.now(), address: '127.0.0.1' })),
    });
  }

  async as(account: string): Promise<Caller> {
    const known = this.callers.get(account);
    if (known !== undefined) return known;
    const caller = await this.server.signIn(account);
    this.callers.set(account, caller);
    return caller;
  }

  async upload(caller: Caller, bytes: Uint8Array, role = 'recording', type = 'audio/wav'): Promise<Answer> {
    const response = await fetch(`${this.server.base}/api/media?role=${role}`, {
      method: 'POST', body: new Uint8Array(bytes), headers: { authorization: `Bearer ${caller.token}`, 'content-type': type },
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: JSON.parse(text) };
  }

  /** A good draft of the platform for its own area, with fields replaced. */
  draftOf(platform: PlatformName, set: object = {}): object {
    return {
      class: 'emergency', severity: 'red', eventType: 'rainstorm', title: '暴雨红色预警', text: '请立即转移到安全地带。',
      segments: [{ sha256: this.siren, role: 'siren' }, { sha256: this.speech, role: 'speech' }],
      targets: { areas: [`${platform}-area`], terminals: [] }, repeats: 2, ...set,
    };
  }

  async draft(platform: PlatformName, set: object = {}): Promise<Answer> {
    await this.bring(platform);
    return (await this.as(`${platform}-author`)).post('/api/messages/draft', this.draftOf(platform, set));
  }

  /** Draft and author's signature; not yet handed in. */
  async signed(platform: PlatformName, set: object = {}, change: Partial<Message> = {}, by?: TestKey): Promise<Submitted> {
    const { body, status } = await this.draft(platform, set);
    if (status !== 200) throw new Error(`no draft: ${JSON.stringify(body)}`);
    const message: Message = { ...body.message, ...change };
    const payload = encodePayload(message);
    const envelope = await signEnvelope('message', payload, [(by ?? this.server.world.key(platform, 'author')).signer]);
    const digest = sha256Hex(payload);
    const corrections = await Promise.all((body as DraftAnswer).corrections.map((one) =>
      signEnvelope('message', fromBase64(one.payload) ?? new Uint8Array(), [(by ?? this.server.world.key(platform, 'author')).signer])));
    return { id: message.id, envelope, message, digest, corrections };
  }

  async submit(platform: PlatformName, set: object = {}, hold = false): Promise<Submitted> {
    const made = await this.signed(platform, set);
    const answer = await (await this.as(`${platform}-author`)).post('/api/messages', { message: made.envelope, corrections: made.corrections, hold });
    if (answer.status !== 201) throw new Error(`not submitted: ${JSON.stringify(answer.body)}`);
    return made;
  }

  async approve(platform: PlatformName, made: Pick<Submitted, 'id' | 'envelope'>, who: string, set: object = {}, as = who): Promise<Answer> {
    const approval = await this.server.world.approval(platform, made.envelope, who, { set: { signedAt: this.server.clock.now(), ...set } });
    return (await this.as(`${platform}-${as}`)).post(`/api/messages/${made.id}/approvals`, { approval });
  }

  /** Submit, and as many approvals as the platform's emergencies need. */
  async onAir(platform: PlatformName, set: object = {}): Promise<Submitted & { readonly dispatch: Dispatch; readonly order: Order }> {
    const made = await this.submit(platform, set);
    for (const who of platform.startsWith('v') ? ['approver-a'] : ['approver-a', 'approver-b']) {
      const answer = await this.approve(platform, made, who);
      if (answer.status !== 201) throw new Error(`not approved: ${JSON.stringify(answer.body)}`);
    }
    await this.settle();
    const found = this.gateway.frames('order').map(({ frame }) => frame.order).find((order) => readPayload<Dispatch>(order.dispatch).messageDigest === made.digest);
    if (found === undefined) throw new Error('no order was pushed');
    return { ...made, order: found, dispatch: dispatchSchema.parse(readPayload(found.dispatch)) };
  }

  /** A stop by the platform's stopper, as the STOP process leaves it, imported. */
  async stop(platform: PlatformName, set: Partial<Stop> = {}): Promise<Stop> {
    const at = this.server.clock.now();
    const envelope = await this.server.world.stop(platform, {
      by: [this.server.world.key(platform, 'stopper').signer], set: { stopId: stopIdSchema.parse(this.server.clock.uuid()), issuedAt: at, notAfter: at + 86_400_000, ...set },
    });
    const stop = readPayload<Stop>(envelope);
    writeFileSync(path.join(this.server.dataDir, 'stops', `${stop.stopId}.json`), JSON.stringify({ stop: envelope, notAfter: stop.notAfter, receivedAt: at, by: `${platform}-stopper` }));
    await this.server.app.get(ImportStops).run();
    // What is composed in the very millisecond of a stop of everything is silenced by it.
    this.server.clock.advance(1);
    return stop;
  }

  /** What a stopper of the platform may consent to now. */
  async offers(platform: PlatformName, id: string): Promise<ConsentOffers['offers']> {
    const { body, status } = await (await this.as(`${platform}-stopper`)).get(`/api/messages/${id}/consents`);
    if (status !== 200) throw new Error(`no offers: ${JSON.stringify(body)}`);
    return (body as ConsentOffers).offers;
  }

  /** A stopper of the platform signs an offer. */
  consent(platform: PlatformName, offer: { readonly payload: string }, who = 'stopper'): Promise<Envelope> {
    return signEnvelope('consent', fromBase64(offer.payload) ?? new Uint8Array(), [this.server.world.key(platform, who).signer]);
  }

  async giveConsent(platform: PlatformName, id: string, use: 'correct' | 'resume', consent: Envelope, as = 'stopper'): Promise<Answer> {
    return (await this.as(`${platform}-${as}`)).post(`/api/messages/${id}/${use}`, { consent });
  }

  /** Everything in the outbox has been done. */
  settle(): Promise<void> {
    return this.server.app.get(OutboxWorker).drain();
  }

  async view(id: string, account = 't1-author'): Promise<Answer['body']> {
    return (await (await this.as(account)).get(`/api/messages/${id}`)).body;
  }

  /** A receipt of this terminal with its next counter. */
  async receipt(terminal: string, dispatch: Pick<Dispatch, 'dispatchId' | 'messageDigest'>, set: Partial<Receipt>): Promise<Envelope> {
    const counter = set.counter ?? (this.counters.get(terminal) ?? 0) + 1;
    if (set.counter === undefined) this.counters.set(terminal, counter);
    const device = this.devices.get(terminal);
    if (device === undefined) throw new Error(`no device ${terminal}`);
    return this.server.world.receipt(terminal, {
      by: [device.signer],
      set: { counter, at: this.server.clock.now(), dispatchId: dispatch.dispatchId, messageDigest: dispatch.messageDigest, ...set },
    });
  }

  /** A security event of this terminal with its next counter. */
  async event(terminal: string, set: Partial<SecurityEvent>): Promise<Envelope> {
    const counter = set.counter ?? (this.counters.get(terminal) ?? 0) + 1;
    if (set.counter === undefined) this.counters.set(terminal, counter);
    const device = this.devices.get(terminal);
    if (device === undefined) throw new Error(`no device ${terminal}`);
    return this.server.world.event(terminal, { by: [device.signer], set: { counter, at: this.server.clock.now(), ...set } });
  }

  /** What a terminal that plays everything sends: acked, then audible and done of each repetition. */
  async story(terminal: string, dispatch: Dispatch): Promise<readonly Envelope[]> {
    const envelopes = [await this.receipt(terminal, dispatch, { state: 'acked', repetition: 0 })];
    for (let repetition = 1; repetition <= dispatch.repeats; repetition += 1) {
      const startedAt = dispatch.startAt + repetition * 1_000;
      envelopes.push(await this.receipt(terminal, dispatch, { state: 'audible', repetition, startedAt }));
      envelopes.push(await this.receipt(terminal, dispatch, { state: 'done', repetition, startedAt, endedAt: startedAt + 900, playedDigest: digestNamed('played'), levelCentiDbfs: -1_600 }));
    }
    return envelopes;
  }

  async send(receipts: readonly { readonly terminal: string; readonly envelopes: readonly Envelope[] }[]): Promise<ReadonlyMap<string, number>> {
    const { status, body } = await this.server.internal(platformRoutes.receipts.path, { receipts });
    if (status !== 200) throw new Error(`receipts: ${status} ${JSON.stringify(body)}`);
    return new Map(platformRoutes.receipts.answer.parse(body).acks.map(({ terminal, counter }) => [terminal, counter]));
  }
}

/** The JSON inside an envelope, unverified. */
export function readPayload<T>(envelope: Pick<Envelope, 'payload'>): T {
  return JSON.parse(new TextDecoder().decode(fromBase64(envelope.payload) ?? new Uint8Array())) as T;
}

/** Registers the hooks: one flow for the file. Terminals named `without` are never enrolled. */
export function useMessageFlow(server: PlatformServer, { without = [] }: { readonly without?: readonly string[] } = {}): MessageFlow {
  let flow: MessageFlow | undefined;
  beforeAll(async () => {
    flow = new MessageFlow(server, new FakeGateway(server.dataDir));
    await flow.prepare(without);
  }, 120_000);
  afterAll(async () => {
    await flow?.gateway.close();
  });
  return new Proxy({} as MessageFlow, {
    get(_target, name) {
      if (flow === undefined) throw new Error('useMessageFlow: the flow is there from beforeAll on');
      const value: unknown = Reflect.get(flow, name);
      return typeof value === 'function' ? value.bind(flow) : value;
    },
  });
}
