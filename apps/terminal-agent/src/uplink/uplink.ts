import type { ServerFrame, TerminalFrame, TerminalId } from '#libs/contracts';
import type { Chance, Clock, Timer } from '../clock';
import type { Identity } from '../enrol/identity';
import { signClaim, signHello } from '../enrol/sign-hello';
import { DiskError } from '../hardware/disk';
import { reconnectDelayMs } from './backoff';
import { CERTIFICATE_REVOKED, type CertificateChain, type Connection, type Link } from './link';
import type { FrameParser } from './parse-frame';

/** Time probes are answered every 15 s; nothing heard for three of them means that the connection is dead. */
const DEAD_AFTER_MS = 45_000;
/** A refusal will not be different in a quarter of a second: as if this many tries had failed already. */
const REFUSED_ATTEMPTS = 8;

/** Frames after the welcome; the handshake stays inside. */
export type AgentFrame = Exclude<ServerFrame, { kind: 'challenge' | 'claimed' | 'welcome' | 'refused' }>;

export interface UplinkPorts {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly link: Link;
  readonly parse: FrameParser;
}

export interface Enrolment {
  readonly identity: Identity;
  readonly claimCode: string | null;
  readonly physicalCode: string;
  readonly agent: string;
}

export interface UplinkEvents {
  onUp(mediaToken: string): void;
  onDown(): void;
  isRevoked(chain: CertificateChain): boolean;
  /** `text`: the frame as it came. */
  onFrame(frame: AgentFrame, text: string): void;
  /** A binary frame after the welcome. */
  onBlock(bytes: Uint8Array): void;
  /** A frame that is none of the contract. */
  onGarbage(text: string): void;
}

/**
 * The connection to the gateway: challenge, claim if need be, hello, welcome; then frames both ways, until it breaks;
 * then again, with full jitter. It never listens on a port.
 */
export class Uplink {
  private connection: Connection | undefined;
  private welcomed = false;
  private wanted = false;
  private attempt = 0;
  private retry: Timer | undefined;
  private watch: Timer | undefined;
  private lastHeardAt = 0;
  private lastRefusal: string | null = null;

  constructor(private readonly ports: UplinkPorts, private readonly enrolment: Enrolment, private readonly events: UplinkEvents) {}

  /** Connects, the first time after `delayMs`, and stays connected. */
  start(delayMs: number): void {
    this.wanted = true;
    this.attempt = 0;
    this.connectIn(delayMs);
  }

  stop(): void {
    this.wanted = false;
    this.retry?.cancel();
    this.retry = undefined;
    this.connection?.close();
  }

  get online(): boolean {
    return this.welcomed;
  }

  /** Something was revoked: a server that shows such a certificate is left at once. */
  review(): void {
    const { connection } = this;
    if (connection !== undefined && this.isRevoked(connection.chain())) connection.close();
  }

  /** The code of the last refused claim or hello, or that the server's certificate is revoked, for logs and status. */
  get refusal(): string | null {
    return this.lastRefusal;
  }

  send(frame: TerminalFrame): boolean {
    return this.welcomed && this.connection !== undefined && this.connection.send(JSON.stringify(frame));
  }

  private connectIn(delayMs: number): void {
    this.retry?.cancel();
    this.retry = this.ports.clock.setTimer(delayMs, () => this.connect());
  }

  private connect(): void {
    this.retry = undefined;
    if (!this.wanted || this.connection !== undefined) return;
    let nonce: string | undefined;
    const isCurrent = () => this.connection === connection;
    const connection: Connection = this.ports.link.connect({
      isRevoked: (chain) => this.isRevoked(chain),
      onClose: () => {
        // A link that fails at once may call before `connect` has returned.
        queueMicrotask(() => { if (isCurrent()) this.down(); });
      },
      onFrame: (text) => {
        if (!isCurrent()) return;
        this.lastHeardAt = this.ports.clock.monotonicMs();
        const frame = this.ports.parse(text);
        if (frame === undefined) this.events.onGarbage(text);
        else if (frame.kind === 'challenge') {
          nonce = frame.nonce;
          this.shakeHands(connection, this.introduce(connection, nonce));
        } else if (frame.kind === 'claimed') {
          if (nonce !== undefined) this.shakeHands(connection, this.claimed(connection, nonce, frame.terminal));
        } else if (frame.kind === 'welcome') this.up(frame.mediaToken);
        else if (frame.kind === 'refused') this.refused(connection, frame.code);
        else if (this.welcomed) this.events.onFrame(frame, text);
      },
      onBlock: (bytes) => {
        if (!isCurrent()) return;
        this.lastHeardAt = this.ports.clock.monotonicMs();
        if (this.welcomed) this.events.onBlock(bytes);
      },
    });
    this.connection = connection;
    this.lastHeardAt = this.ports.clock.monotonicMs();
    this.watchSilence();
  }

  /** A step that fails here, on a full disk for example, ends this connection; a later one begins again. */
  private shakeHands(connection: Connection, step: Promise<void>): void {
    step.catch((fault: unknown) => this.refused(connection, fault instanceof DiskError ? fault.code : 'AGENT_FAULT'));
  }

  private async introduce(connection: Connection, nonce: string): Promise<void> {
    const { identity, claimCode, physicalCode, agent } = this.enrolment;
    if (identity.terminal !== null) connection.send(JSON.stringify(await signHello(identity, identity.terminal, nonce, agent)));
    else if (claimCode !== null) connection.send(JSON.stringify(await signClaim(identity, nonce, claimCode, physicalCode)));
    else this.refused(connection, 'AGENT_NO_CLAIM_CODE');
  }

  /** The id is on the disk before it is used: after a power cut the code would not be accepted again. */
  private async claimed(connection: Connection, nonce: string, terminal: TerminalId): Promise<void> {
    const { identity, agent } = this.enrolment;
    if (identity.terminal !== null) return;
    await identity.becomes(terminal);
    connection.send(JSON.stringify(await signHello(identity, terminal, nonce, agent)));
  }

  private isRevoked(chain: CertificateChain): boolean {
    if (!this.events.isRevoked(chain)) return false;
    this.lastRefusal = CERTIFICATE_REVOKED;
    return true;
  }

  private up(mediaToken: string): void {
    if (this.welcomed) return;
    this.welcomed = true;
    this.attempt = 0;
    this.lastRefusal = null;
    this.events.onUp(mediaToken);
  }

  private refused(connection: Connection, code: string): void {
    this.lastRefusal = code;
    this.attempt = Math.max(this.attempt, REFUSED_ATTEMPTS);
    connection.close();
  }

  private down(): void {
    const wasUp = this.welcomed;
    this.connection = undefined;
    this.welcomed = false;
    this.watch?.cancel();
    this.watch = undefined;
    if (wasUp) this.events.onDown();
    if (!this.wanted) return;
    this.connectIn(reconnectDelayMs(this.attempt, this.ports.chance));
    this.attempt += 1;
  }

  private watchSilence(): void {
    this.watch?.cancel();
    this.watch = this.ports.clock.setTimer(DEAD_AFTER_MS, () => {
      if (this.ports.clock.monotonicMs() - this.lastHeardAt >= DEAD_AFTER_MS) this.connection?.close();
      else this.watchSilence();
    });
  }
}
