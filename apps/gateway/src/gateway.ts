import path from 'node:path';
import { GATEWAY_SOCKET, LIMITS, LIVE_SOCKET, PLATFORM_SOCKET, type TerminalFrame, type TerminalId } from '#libs/contracts';
import type { Clock } from './clock';
import type { GatewayConfig } from './config';
import { ControlRefusal, ControlServer } from './control/control-server';
import { ExchangeQueue } from './exchange/exchange-queue';
import { splitAnswer } from './exchange/split-answer';
import { answerTimeProbe } from './exchange/time-probe';
import { Admission } from './hello/admission';
import { Directory } from './hello/directory';
import { DirectoryFile } from './hello/directory-cache';
import { GATEWAY_LIMITS } from './limits';
import { writeToAll } from './live/fan-out';
import { LiveDesk } from './live/live-desk';
import { LiveServer } from './live/live-server';
import type { Log } from './log';
import { MediaDoor } from './media/media-door';
import { GatewayMetrics } from './metrics';
import { PlatformClient } from './platform/platform-client';
import { AlarmLog } from './presence/alarm-log';
import { CloneWatch } from './presence/clone-watch';
import { PresenceLog } from './presence/presence-log';
import { Sessions, type Session } from './presence/sessions';
import { push } from './push/push';
import { ReceiptQueue } from './receipts/receipt-queue';
import { DeviceServer, overTls, type DeviceHttp } from './socket/device-server';
import { textFrame, type WireFrame } from './socket/wire-frame';
import { areaOf } from './stops/general-stop';
import { KeepStop, stopFileText } from './stops/keep-stop';
import { StopFiles } from './stops/stop-files';
import { StopsInForce } from './stops/stops-in-force';
import { PkiFiles } from './tls/pki-files';
import { certificatesRevokedBy } from './tls/revoked-certificates';
import { serverIdentity } from './tls/server-identity';

const SWEEP_MS = 1_000;
const STOP_SCAN_MS = 5_000;
const TLS_CHECK_MS = 12 * 60 * 60 * 1_000;

/**
 * The device gateway, put together: who is connected, what goes out, what comes in. It holds no authority: it carries
 * envelopes that terminals and platform judge, so nothing here can make a loudspeaker speak.
 */
export class Gateway {
  readonly metrics: GatewayMetrics;
  readonly sessions: Sessions;
  private readonly platform: PlatformClient;
  private readonly directory: Directory;
  private readonly admission: Admission;
  private readonly presence: PresenceLog;
  private readonly alarms: AlarmLog;
  private readonly clones: CloneWatch;
  private readonly exchanges: ExchangeQueue;
  private readonly receipts: ReceiptQueue;
  private readonly stops: StopsInForce;
  private readonly stopFiles: StopFiles;
  private readonly keepStop: KeepStop;
  private readonly live: LiveDesk;
  private readonly liveServer: LiveServer;
  private readonly control: ControlServer;
  private readonly startedAt: number;
  private server: DeviceServer | undefined;
  private sweeper: NodeJS.Timeout | undefined;
  private scannedAtMs = 0;
  private tlsCheckedAtMs = 0;
  private readonly revokedCertificates = new Set<string>();

  constructor(private readonly config: GatewayConfig, private readonly clock: Clock, private readonly log: Log, private readonly http: DeviceHttp = overTls) {
    const at = (name: string) => path.join(config.dataDir, name);
    this.startedAt = Math.round(clock.now());
    this.platform = new PlatformClient(at(PLATFORM_SOCKET), log);
    this.stops = new StopsInForce(log, () => clock.now());
    this.stopFiles = new StopFiles(at('stops'), log);
    this.keepStop = new KeepStop(at('stops'), log);
    this.alarms = new AlarmLog(clock, this.platform);
    this.clones = new CloneWatch(clock);
    this.sessions = new Sessions(clock, () => this.stops.frames(), {
      online: (session) => this.presence.online(session),
      offline: (session) => {
        this.exchanges.drop(session.terminal);
        this.live.gone(session.terminal);
        this.presence.offline(session);
      },
      frame: (session, frame, arrivedAt) => this.receive(session, frame, arrivedAt),
      replaced: ({ terminal, link }) => {
        if (this.clones.replaced(terminal, link.lastHeardMs)) this.alarms.raise('clone', terminal);
      },
    });
    this.presence = new PresenceLog(config.gatewayId, clock, this.platform, () => this.sessions.all());
    this.exchanges = new ExchangeQueue(log, this.platform, (terminal, answer) => {
      this.sessions.get(terminal)?.link.say(splitAnswer(answer).map(textFrame));
    });
    this.receipts = new ReceiptQueue(log, this.platform, {
      acked: (terminal, counter) => void this.sessions.get(terminal)?.link.write(textFrame({ kind: 'ack', counter })),
      refused: (terminal) => this.sessions.get(terminal)?.link.refuse('RECEIPTS_REFUSED'),
      flow: (terminal, open) => {
        const link = this.sessions.get(terminal)?.link;
        if (open) link?.resume();
        else link?.pause();
      },
    });
    this.directory = new Directory(clock, log, this.platform, new DirectoryFile(at('run/directory.json')), (terminal) => this.sessions.revoke(terminal));
    this.admission = new Admission(clock, this.directory, this.platform, {
      terminal: (terminal, link) => this.sessions.admit(terminal, link),
      refused: (terminal, code, keyId) => this.alarms.raise('device-refused', terminal, { code, keyId }),
    });
    this.metrics = new GatewayMetrics({
      connected: () => this.sessions.size,
      guests: () => this.admission.waiting,
      devices: () => this.directory.size,
      stops: () => this.stops.size,
      exchangesWaiting: () => this.exchanges.size,
      receiptsWaiting: () => this.receipts.size,
      platformUp: () => this.platform.isUp,
      liveStreams: () => this.live.open,
      liveListeners: () => this.live.listening,
    });
    this.live = new LiveDesk(clock, writeToAll, this.metrics);
    this.liveServer = new LiveServer(at(LIVE_SOCKET), (block) => this.live.take(block), log);
    this.control = new ControlServer(at(GATEWAY_SOCKET), {
      push: async ({ terminals, frame }) => {
        if (frame.kind === 'document') await this.leaveRevoked(certificatesRevokedBy(frame.document));
        return { written: [...this.pushFrame(textFrame(frame), terminals)] };
      },
      stop: async ({ stop, notAfter }) => ({ written: await this.tellStop(stop, notAfter), at: Math.trunc(clock.now()) }),
      liveOpen: (request) => {
        if (!this.live.begin(request)) throw new ControlRefusal(409, 'LIVE_FULL');
        return {};
      },
      liveLease: ({ streams, beacon }) => {
        const frame = textFrame({ kind: 'lease', beacon });
        if (frame.payloadBytes > LIMITS.deviceFrameBytes) throw new ControlRefusal(413, 'FRAME_TOO_LARGE');
        return { streams: [...this.live.lease(streams, frame)] };
      },
      liveClose: ({ stream }) => {
        this.live.end(stream);
        return {};
      },
      status: () => ({ connected: this.sessions.size, startedAt: this.startedAt, ...this.metrics.totals }),
      metrics: () => this.metrics.text(),
    });
  }

  /** Opens both doors; needs neither platform nor database. Resolves to the port of the device link. */
  async start(): Promise<number> {
    const tls = await this.identity();
    await this.directory.load();
    await this.readStopFiles();
    await this.control.listen();
    await this.liveServer.listen();
    const media = new MediaDoor(path.join(this.config.dataDir, 'media'), this.log,
      (token) => this.sessions.byMediaToken(token)?.terminal, (bytes) => this.metrics.mediaServed(bytes));
    this.server = new DeviceServer({
      clock: this.clock, http: this.http, tls, observer: this.metrics,
      onLink: (link) => this.admission.open(link),
      onRequest: (request, response) => media.serve(request, response),
    });
    await this.directory.pull();
    const port = await this.server.listen(this.config.bind, this.config.port);
    this.sweeper = setInterval(() => this.sweep(), SWEEP_MS);
    return port;
  }

  /** Tells every terminal to go elsewhere (1001), hands over what waits, and is gone within two seconds. */
  async stop(): Promise<void> {
    clearInterval(this.sweeper);
    this.server?.stopAccepting();
    this.admission.closeAll(1001, 'going away');
    this.sessions.closeAll(1001, 'going away');
    await Promise.race([
      Promise.allSettled([this.receipts.drain(), this.presence.farewell()]),
      new Promise((resolve) => setTimeout(resolve, GATEWAY_LIMITS.shutdownMs / 2).unref()),
    ]);
    for (const { link } of this.sessions.all()) link.cut();
    this.server?.cutAll();
    await this.control.close();
    await this.liveServer.close();
    this.exchanges.close();
    this.receipts.close();
    this.alarms.close();
    this.platform.close();
  }

  private receive(session: Session, frame: TerminalFrame, arrivedAt: number): void {
    switch (frame.kind) {
      case 'time':
        return answerTimeProbe(session.link, this.clock, frame.t1, arrivedAt);
      case 'exchange':
        return this.exchanges.add(session.terminal, frame);
      case 'receipts':
        return this.receipts.add(session.terminal, frame.envelopes);
      case 'listen':
        return this.live.listen(session, frame);
      case 'unlisten':
        return this.live.unlisten(session.terminal, frame.stream);
      case 'progress':
        return this.live.progress(session.terminal, frame);
      case 'claim':
      case 'hello':
        return session.link.refuse('FRAME_UNEXPECTED');
    }
  }

  private pushFrame(frame: WireFrame, terminals: readonly TerminalId[] | null): readonly TerminalId[] {
    if (frame.payloadBytes > LIMITS.deviceFrameBytes) throw new ControlRefusal(413, 'FRAME_TOO_LARGE');
    return push(this.sessions, frame, terminals);
  }

  /**
   * On the disk first, then to everybody now, and kept for everybody who says hello until it expires. A disk that hangs
   * does not hold it up for longer than `stopFileMs`. A stop told again is written to terminals again. Answers how many of
   * those told stand in its area: the others will not obey.
   */
  private async tellStop(stop: Parameters<StopsInForce['add']>[0], notAfter: number): Promise<number> {
    const now = this.clock.now();
    const text = stopFileText(stop, notAfter, now);
    if (Buffer.byteLength(text) > GATEWAY_LIMITS.stopFileBytes) throw new ControlRefusal(413, 'FRAME_TOO_LARGE');
    if (notAfter > now) {
      await Promise.race([this.keepStop.run(stop, text), new Promise((resolve) => setTimeout(resolve, GATEWAY_LIMITS.stopFileMs).unref())]);
    }
    this.stops.add(stop, notAfter);
    const written = push(this.sessions, textFrame({ kind: 'stop', stop }), null);
    const area = areaOf(stop);
    return area === undefined ? written.length : written.filter((terminal) => this.directory.mayStandIn(terminal, area)).length;
  }

  private async readStopFiles(): Promise<void> {
    this.scannedAtMs = this.clock.monotonicMs();
    for (const { stop, notAfter } of await this.stopFiles.scan()) {
      const frame = this.stops.add(stop, notAfter);
      if (frame !== undefined) push(this.sessions, frame, null);
    }
  }

  private identity() {
    this.tlsCheckedAtMs = this.clock.monotonicMs();
    const { clock, log, config } = this;
    return serverIdentity({ files: new PkiFiles(path.join(config.dataDir, 'pki')), clock, log, hostnames: config.hostnames, district: config.district, revoked: this.revokedCertificates });
  }

  /** Before terminals learn that this certificate is revoked there is another one for them to come back to. */
  private async leaveRevoked(fingerprints: readonly string[]): Promise<void> {
    const fresh = fingerprints.filter((fingerprint) => !this.revokedCertificates.has(fingerprint));
    if (fresh.length === 0) return;
    fresh.forEach((fingerprint) => this.revokedCertificates.add(fingerprint));
    await this.identity().then((tls) => this.server?.renew(tls)).catch((cause: unknown) => {
      this.log.error({ code: 'TLS_REVOKED', reason: String(cause) }, 'the server certificate is revoked and cannot be made anew here: terminals stay away');
    });
  }

  private sweep(): void {
    const stepMs = this.clock.follow();
    if (stepMs !== 0) this.log.warn({ code: 'CLOCK_STEP', stepMs: Math.round(stepMs) }, 'the system clock was set; time probes follow it');
    this.admission.sweep();
    this.sessions.sweep();
    this.clones.sweep();
    this.stops.sweep();
    this.live.sweep();
    this.inBackground(this.directory.pullIfDue());
    const now = this.clock.monotonicMs();
    if (now - this.scannedAtMs >= STOP_SCAN_MS) this.inBackground(this.readStopFiles());
    if (now - this.tlsCheckedAtMs >= TLS_CHECK_MS) this.inBackground(this.identity().then((tls) => this.server?.renew(tls)));
  }

  private inBackground(work: Promise<unknown>): void {
    work.catch((cause: unknown) => this.log.error({ code: 'BACKGROUND', reason: String(cause) }, 'a background task failed'));
  }
}
