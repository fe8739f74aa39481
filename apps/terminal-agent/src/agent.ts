import { digestSchema, LIMITS, type EnvelopeShape, type Health, type RefusalCode, type SecurityEvent, type TerminalId } from '#libs/contracts';
import { filesOf, linkAge, maySound, SUITE_OF_PROFILE } from '#libs/domain';
import { sha256Hex } from '#libs/suites';
import { isVoid, type TrustState } from '#libs/trust';
import { aboutEnvelope } from './admit/about-envelope';
import { Admission } from './admit/admission';
import { IsolateDesk } from './admit/isolate-desk';
import { Journal } from './admit/journal';
import { Refusals } from './admit/refusals';
import { RestrictionDesk } from './admit/restriction-desk';
import { Standing } from './admit/standing';
import { StopDesk } from './admit/stop-desk';
import { TakenOrders } from './admit/taken-orders';
import { AgentRootError, type AgentPorts, type AgentSettings, type AgentStatus, type AgentWatcher } from './agent-ports';
import { Identity } from './enrol/identity';
import { IncomingFrames } from './incoming-frames';
import type { Sound } from './hardware/sound-card';
import { DiskCare } from './health/disk-care';
import { watchForeignSound } from './health/foreign-sound';
import { healthOf } from './health/health';
import { SoundProof } from './health/sound-proof';
import { LiveDesk } from './live/live-desk';
import { MediaStore } from './media/media-store';
import { Bookkeeping } from './playout/bookkeeping';
import { CardTime } from './playout/card-time';
import { Endings } from './playout/endings';
import { loudness } from './playout/loudness';
import { LostSounds } from './playout/lost-sounds';
import { OrderFiles } from './playout/order-files';
import type { KeptOrder, PlacedOrder } from './playout/placed-order';
import { Player } from './playout/player';
import { SpoolSender } from './spool/send-spool';
import { ReceiptSpool, type Signing } from './spool/spool';
import { Teller } from './spool/tell';
import { BeaconDesk } from './time/beacon-desk';
import { DistrictTime } from './time/district-time';
import { ProbeTiming } from './time/probe-timing';
import { ExchangeTiming } from './uplink/exchange';
import type { CertificateChain } from './uplink/link';
import { Uplink } from './uplink/uplink';

/** With less room than this the disk is asked whether it still writes. */
const LEAST_FREE_MIB = 1;

/**
 * One terminal: its parts and how they hang together, and nothing of the box it runs on. What comes over the link is
 * judged here and offline; sound leaves only through the player, after the journal is on the disk.
 */
export class Agent {
  private readonly time: DistrictTime;
  private readonly journal: Journal;
  private readonly spool: ReceiptSpool;
  private readonly proof: SoundProof;
  private readonly teller: Teller;
  private readonly refusals: Refusals;
  private readonly standing: Standing;
  private readonly media: MediaStore;
  private readonly books: Bookkeeping;
  private readonly orders: OrderFiles;
  private readonly player: Player;
  private readonly live: LiveDesk;
  private readonly lostSounds: LostSounds;
  private readonly taken: TakenOrders;
  private readonly endings: Endings;
  private readonly care: DiskCare;
  private readonly admission: Admission;
  private readonly stops: StopDesk;
  private readonly isolates: IsolateDesk;
  private readonly restrictions: RestrictionDesk;
  private readonly beacons: BeaconDesk;
  private readonly exchange: ExchangeTiming;
  private readonly probes: ProbeTiming;
  private readonly sender: SpoolSender;
  private readonly incoming: IncomingFrames;
  private readonly uplink: Uplink;
  /** Journal or spool was lost or is an older copy: silent until a fresh beacon says what time it is and what the last counter was. */
  private lost = false;
  /** Whether a fresh beacon has come since the start: until then nobody knows whether this state is an older copy, and what comes over the link waits. */
  private seenThrough = false;

  private constructor(
    private readonly ports: AgentPorts, settings: AgentSettings, private readonly watcher: AgentWatcher, private readonly identity: Identity, root: TrustState,
  ) {
    const { clock, chance, disk, unit } = ports;
    this.time = new DistrictTime(clock);
    this.journal = new Journal(disk);
    this.spool = new ReceiptSpool(clock, disk, () => this.signing(), () => this.sender.wake());
    this.proof = new SoundProof(unit, () => this.incident('amplifier', null));
    this.teller = new Teller(this.spool, this.proof, () => this.time.now());
    this.refusals = new Refusals(clock, (command) => this.report(this.teller.refused(command)), (command) => watcher.onRefused?.(command));
    this.standing = new Standing(root, disk, clock, ports.trust, () => this.self(), {
      onChanged: () => this.standingChanged(),
      onRefused: (document, code) => this.refuse(document, code),
    });
    this.media = new MediaStore({ clock, chance, disk, shelf: ports.shelf, source: ports.media, sounds: ports.sounds, isRevoked: (chain) => this.isRevoked(chain), now: () => wholeMs(this.time.now()) }, {
      onArrived: () => {
        this.admission.review();
        void this.lostSounds.review();
      },
      // Whoever needs it asks again until its window is over; the disk may have had no room for it.
      onFailed: () => this.askDisk(),
      onWrong: (sha256) => this.refusals.refused({ code: 'REJ_MEDIA_DIGEST', subject: sha256, payloadType: null, keyIds: [] }),
    });
    this.care = new DiskCare(clock, () => Promise.all([this.journal.save(), this.spool.flush(), this.standing.save()]), {
      onRefused: () => this.incident('disk', 'REJ_DISK'),
      onRoom: () => this.taken.placeUnwritten(),
    });
    this.orders = new OrderFiles(disk);
    this.books = new Bookkeeping(this.journal, this.orders, this.teller, () => this.care.refused());
    this.live = new LiveDesk({
      clock, now: () => this.time.now(), cardTime: new CardTime({ clock, time: this.time, card: ports.card }), refusals: this.refusals, verifies: ports.trust.verifyBlock, send: (frame) => void this.uplink.send(frame),
    }, {
      onOver: (dispatchId, reason) => this.player.end(reason, ({ dispatch }) => dispatch.dispatchId === dispatchId),
      onLive: (isLive) => this.probes.live(isLive),
    });
    this.player = new Player({
      clock, time: this.time, card: ports.card, live: this.live, amplifier: (on) => unit.amplifier(on), ...loudness(this.standing, unit),
      restricted: (order, at) => this.restrictions.keepsSilent(order, at),
      stale: ({ message }, at) => !maySound(linkAge(at, this.journal.beaconAt), message.class),
    }, this.books);
    watchForeignSound(clock, unit, () => this.player.playing() !== null, () => this.incident('sound-without-dispatch', null));
    this.lostSounds = new LostSounds(clock, this.media, () => this.now(), {
      onWhole: (order, sounds, before) => this.player.add(order, sounds, before),
      onOver: (note, reason) => this.books.closeEarlier(note, reason),
    });
    this.taken = new TakenOrders(this.player, this.books, this.care, this.lostSounds);
    this.endings = new Endings(this.taken, this.journal, this.teller, this.refusals, {
      report: (writing) => this.report(writing),
      onIsolated: () => watcher.onIncident?.('isolated'),
      onNarrowed: () => this.admission.review(),
    });
    this.admission = new Admission({ clock, now: () => (this.seenThrough ? this.now() : null), standing: this.standing, journal: this.journal, media: this.media, refusals: this.refusals }, {
      onTaken: (order, sounds, kept) => this.place(order, sounds, kept),
      onUnplayable: (order, reason) => this.report(Promise.all([this.journal.save(), this.teller.failed(order, reason, null)])),
      onTakenBack: (original) => this.endings.takeBack(original),
      onLacking: () => this.exchange.soon(),
    });
    this.stops = new StopDesk(this.standing, this.journal, this.refusals, () => (this.time.isTold ? this.now() : null), {
      onStop: (reaches, stop) => this.endings.stop(reaches, stop),
    });
    this.isolates = new IsolateDesk(this.standing, this.journal, this.refusals, () => this.now(), {
      onIsolated: (shutsOut, envelope) => this.endings.isolate(shutsOut, envelope),
    });
    this.restrictions = new RestrictionDesk(this.standing, this.journal, this.refusals, () => this.now(), (keepsSilent) => this.endings.restrict(keepsSilent));
    this.exchange = new ExchangeTiming(clock, chance, (nonce) => this.sendExchange(nonce));
    this.beacons = new BeaconDesk(clock, this.standing, this.journal, this.time, this.exchange, () => identity.terminal, {
      onClockStep: () => this.incident('clock-step', null),
      onRefused: (envelope, code) => this.refuse(envelope, code),
      onLeases: (at, leases) => this.live.leased(at, leases),
      onFresh: (at, counter) => this.recover(at, counter),
      onTime: () => {
        const now = this.now();
        if (now !== null) this.journal.dateStops(now);
        for (const desk of [this.isolates, this.restrictions]) desk.review();
        this.admission.review();
        this.player.review();
      },
    });
    this.probes = new ProbeTiming(clock, chance, () => this.uplink.send({ kind: 'time', t1: clock.monotonicMs() }));
    this.sender = new SpoolSender(clock, this.spool, (envelopes) => this.uplink.send({ kind: 'receipts', envelopes: [...envelopes] }));
    this.incoming = new IncomingFrames(ports.parse, {
      beacons: this.beacons, stops: this.stops, isolates: this.isolates, restrictions: this.restrictions, admission: this.admission, media: this.media, spool: this.spool, sender: this.sender, live: this.live,
      takeDocuments: (documents) => this.takeDocuments(documents),
      addProbe: (t1, t2, t3) => this.time.addProbe(t1, t2, t3, clock.monotonicMs()),
      onGarbage: (text, fault) => {
        if (fault !== undefined) this.watcher.onFault?.(fault);
        this.refuseGarbage(text);
      },
    });
    const { claimCode, physicalCode, agent } = settings;
    this.uplink = new Uplink({ clock, chance, link: ports.link, parse: ports.parse }, { identity, claimCode, physicalCode, agent }, {
      onUp: (mediaToken) => this.linkUp(mediaToken),
      onDown: () => this.linkDown(),
      isRevoked: (chain) => this.isRevoked(chain),
      onFrame: (frame, text) => this.incoming.take(frame, text),
      onBlock: (bytes) => this.live.receive(bytes),
      onGarbage: (text) => this.refuseGarbage(text),
    });
  }

  /**
   * Starts an agent from its disk: the first start makes the key, a later one goes on where the last one ended. Throws
   * `AgentRootError` when the pinned root does not hold. It is not connected yet.
   */
  static async boot(ports: AgentPorts, settings: AgentSettings, watcher: AgentWatcher = {}): Promise<Agent> {
    const { disk } = ports;
    const root = ports.trust.fromRoot(settings.root, settings.rootOf);
    if (!root.ok) throw new AgentRootError(root.code);
    const loaded = await Identity.load(disk);
    if (loaded.kind === 'missing' && (await disk.read('journal')).kind === 'missing') {
      // First start. The key comes last: where there is a key, journal and spool were there.
      await Promise.all([new Journal(disk).save(), new ReceiptSpool(ports.clock, disk, () => null, () => undefined).begin()]);
    }
    const identity = loaded.kind === 'whole' ? loaded.identity : await Identity.create(disk, SUITE_OF_PROFILE[root.value.root.value.profile]);
    const agent = new Agent(ports, settings, watcher, identity, root.value);
    await agent.wake();
    return agent;
  }

  /** Connects after `delayMs` and stays connected. */
  connect(delayMs: number): void {
    this.uplink.start(delayMs);
  }

  disconnect(): void {
    this.uplink.stop();
  }

  /** Takes a frame as if it had come over the link: what an attacker in the path could do. */
  inject(text: string): void {
    this.incoming.inject(text);
  }

  status(): AgentStatus {
    return { terminal: this.identity.terminal, online: this.uplink.online, assigned: this.standing.assignment !== null, refusal: this.uplink.refusal };
  }

  health(): Health {
    return healthOf({
      assigned: this.standing.assignment !== null, lost: this.lost, now: this.time.now(), beaconAt: this.journal.beaconAt, playing: this.player.playing(),
      wallOffsetMs: this.time.wallOffsetMs(), spooledReceipts: this.spool.size(), freeDiskMiB: this.ports.disk.freeMiB(),
      amplifier: this.proof.amplifierState(), isolatedUntil: this.isolates.until(), canWrite: this.care.canWrite,
    }, this.ports.unit);
  }

  private async wake(): Promise<void> {
    const [journal, spool, standingIsWhole] = await Promise.all([this.journal.load(), this.spool.load(), this.standing.load()]);
    await this.media.load();
    this.lost = journal !== 'whole' || spool !== 'whole';
    if (this.lost) {
      this.watcher.onIncident?.('state-lost');
      return;
    }
    if (!standingIsWhole) this.incident('state-lost', null);
    if (this.ports.unit.batteryClock && this.journal.clock !== null) this.time.resume(this.journal.clock);
    for (const note of this.journal.openNotes()) {
      const order = await this.orders.load(note.dispatchId, this.standing);
      const sounds = await Promise.all((order === null ? [] : filesOf(order.message.body)).map(({ sha256 }) => this.media.open(sha256)));
      const whole = sounds.filter((sound) => sound !== null);
      const ending = note.ending ?? (order === null ? 'INTERRUPTED' : isVoid(this.standing.trust, order) ? 'SIG_REJECT' : null);
      if (order === null || ending !== null) this.books.closeEarlier(note, ending ?? 'INTERRUPTED');
      else if (whole.length < sounds.length) this.lostSounds.wait(order, note);
      else this.player.add(order, whole, { begun: note.repetition, ended: note.ended, position: note.position });
    }
    void this.media.warm();
  }

  /** The time that orders are judged by, whole ms; unknown as well while the journal is lost. */
  private now(): number | null {
    return this.lost ? null : wholeMs(this.time.now());
  }

  private self(): { readonly terminal: TerminalId; readonly keyId: string } | null {
    const { terminal, key } = this.identity;
    return terminal === null ? null : { terminal, keyId: key.keyId };
  }

  private signing(): Signing | null {
    const { terminal, signer } = this.identity;
    // A counter used twice would make the platform doubt both.
    return terminal === null || this.lost ? null : { terminal, signer, head: () => this.journal.head };
  }

  private linkUp(mediaToken: string): void {
    this.media.useToken(mediaToken);
    this.exchange.linkUp();
    this.probes.start();
    this.sender.linkUp();
    this.live.linkUp();
  }

  private linkDown(): void {
    this.media.useToken(null);
    this.exchange.linkDown();
    this.probes.stop();
    this.sender.linkDown();
  }

  private sendExchange(nonce: string | null): void {
    const now = wholeMs(this.time.now());
    if (now !== null && this.time.isTold && this.beacons.hasSettled()) this.journal.prune(now);
    this.standing.giveUp();
    this.askDisk();
    // With a nonce in the question the platform names the stock sounds again: nothing is thrown away before that.
    if (nonce === null) void this.media.evict();
    this.uplink.send({
      kind: 'exchange', health: this.health(), counter: this.spool.counter(), versions: this.standing.versions(),
      assignmentVersion: this.standing.assignment?.version ?? 0, held: this.journal.held(now ?? 0), nonce, ...(this.journal.head === null ? {} : { head: this.journal.head }),
    });
  }

  /** Better to know that nothing can be written down before the next alarm than with it. */
  private askDisk(): void {
    if (this.ports.disk.freeMiB() < LEAST_FREE_MIB) this.care.ask();
  }

  private takeDocuments(documents: readonly EnvelopeShape[]): void {
    if (documents.length > 0) this.report(this.standing.take(documents, wholeMs(this.time.now())));
  }

  /** New documents or a new place: what was waiting for them is asked again, what lost its ground ends at once. */
  private standingChanged(): void {
    this.uplink.review();
    this.endings.void(this.standing.trust);
    this.stops.review();
    for (const desk of [this.isolates, this.restrictions]) desk.review();
    this.admission.review();
    if (this.now() === null) this.exchange.soon();
  }

  /** Whether one of these certificates is on the district's list. */
  private isRevoked(chain: CertificateChain): boolean {
    return chain.some((fingerprint) => this.standing.trust.certificates.has(fingerprint));
  }

  private place(order: PlacedOrder, sounds: readonly Sound[], kept: KeptOrder): void {
    this.endings.replace(order);
    this.taken.place(order, sounds, kept);
  }

  /**
   * A fresh beacon: after a loss of state, life begins again at its time. A counter above our own says that this state is
   * an older copy, which is as good as lost: what it would do may have been done.
   */
  private recover(at: number, counter: number | null): void {
    this.seenThrough = true;
    const seen = Math.min(counter ?? 0, LIMITS.deviceCounter);
    if (!this.lost && seen <= this.spool.counter()) return;
    this.spool.raiseCounter(seen);
    this.journal.forgetBefore(at);
    if (!this.lost) this.taken.end('INTERRUPTED', () => true);
    else {
      this.lost = false;
      for (const note of this.journal.openNotes()) this.books.closeEarlier(note, note.ending ?? 'INTERRUPTED');
    }
    this.report(Promise.all([this.journal.save(), this.spool.begin()]));
    this.incident('state-lost', null);
  }

  private refuse(envelope: EnvelopeShape, code: RefusalCode): void {
    this.refusals.refused({ code, ...aboutEnvelope(envelope) });
  }

  private refuseGarbage(text: string): void {
    const subject = digestSchema.parse(sha256Hex(new TextEncoder().encode(text)));
    this.refusals.refused({ code: text.length > LIMITS.deviceFrameBytes ? 'REJ_SIZE' : 'REJ_SHAPE', subject, payloadType: null, keyIds: [] });
  }

  private incident(kind: Exclude<SecurityEvent['kind'], 'refused'>, code: RefusalCode | null): void {
    this.watcher.onIncident?.(kind);
    this.report(this.teller.incident(kind, code));
  }

  /** What only tells or keeps: it is put on the disk later if the disk cannot now. */
  private report(writing: Promise<unknown>): void {
    writing.catch(() => this.care.refused());
  }
}

/** What is signed and written down counts whole ms. */
function wholeMs(now: number | null): number | null {
  return now === null ? null : Math.floor(now);
}
