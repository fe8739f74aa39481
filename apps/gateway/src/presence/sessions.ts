import { LIMITS, type TerminalFrame, type TerminalId } from '#libs/contracts';
import type { Clock } from '../clock';
import { GATEWAY_LIMITS } from '../limits';
import type { DeviceLink } from '../socket/device-socket';
import { PING_FRAME, textFrame, type WireFrame } from '../socket/wire-frame';

/** One terminal that said hello and is still here. */
export interface Session {
  readonly terminal: TerminalId;
  readonly link: DeviceLink;
  /** Bearer token for media, valid as long as the session. */
  readonly mediaToken: string;
  /** Unix ms. */
  readonly since: number;
}

export interface SessionEvents {
  online(session: Session): void;
  offline(session: Session): void;
  frame(session: Session, frame: TerminalFrame, arrivedAt: number): void;
  /** A newer connection of the same terminal ended this one. */
  replaced(session: Session): void;
}

/** Everyone connected, by terminal and by media token. One session a terminal: the newest wins (facts T56). */
export class Sessions {
  private readonly byTerminal = new Map<TerminalId, Session>();
  private readonly byToken = new Map<string, Session>();

  constructor(
    private readonly clock: Clock,
    /** Frames owed to every newcomer, the most important first: the stops in force. */
    private readonly greeting: () => readonly WireFrame[],
    private readonly events: SessionEvents,
  ) {}

  get size(): number {
    return this.byTerminal.size;
  }

  all(): IterableIterator<Session> {
    return this.byTerminal.values();
  }

  get(terminal: TerminalId): Session | undefined {
    return this.byTerminal.get(terminal);
  }

  byMediaToken(token: string): Session | undefined {
    return this.byToken.get(token);
  }

  /** Takes a proved terminal in: the older session of the same terminal ends, then welcome and every stop in force. */
  admit(terminal: TerminalId, link: DeviceLink): void {
    const older = this.byTerminal.get(terminal);
    if (older !== undefined) {
      this.events.replaced(older);
      this.forget(older);
      older.link.refuse('REPLACED');
    }
    if (!link.isOpen) return;
    const session: Session = { terminal, link, mediaToken: this.clock.randomHex(32), since: Math.round(this.clock.now()) };
    this.byTerminal.set(terminal, session);
    this.byToken.set(session.mediaToken, session);
    link.listenWith({
      frame: (frame, arrivedAt) => this.events.frame(session, frame, arrivedAt),
      closed: () => this.forget(session),
    });
    this.events.online(session);
    link.say([textFrame({ kind: 'welcome', mediaToken: session.mediaToken }), ...this.greeting()]);
  }

  /** Ends the session of a terminal whose key no longer counts. */
  revoke(terminal: TerminalId): void {
    const session = this.byTerminal.get(terminal);
    if (session === undefined) return;
    this.forget(session);
    session.link.refuse('DEVICE_UNKNOWN');
  }

  /** Asks quiet sockets, cuts dead ones. A socket that we do not read cannot answer and is left alone. */
  sweep(): void {
    const now = this.clock.monotonicMs();
    for (const session of this.byTerminal.values()) {
      const { link } = session;
      if (link.isPaused) continue;
      const quietMs = now - link.lastHeardMs;
      if (quietMs > LIMITS.offlineAfterMs) {
        this.forget(session);
        link.cut();
      } else if (quietMs > GATEWAY_LIMITS.pingAfterMs) {
        link.write(PING_FRAME);
      }
    }
  }

  closeAll(closeCode: number, reason: string): void {
    for (const { link } of this.byTerminal.values()) link.close(closeCode, reason);
  }

  private forget(session: Session): void {
    this.byToken.delete(session.mediaToken);
    if (this.byTerminal.get(session.terminal) !== session) return;
    this.byTerminal.delete(session.terminal);
    this.events.offline(session);
  }
}
