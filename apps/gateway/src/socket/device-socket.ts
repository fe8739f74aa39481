import type { Duplex } from 'node:stream';
import type { TerminalFrame } from '#libs/contracts';
import type { Clock } from '../clock';
import { GATEWAY_LIMITS } from '../limits';
import { FrameBudget } from './frame-budget';
import type { GuardedWebSocket } from './guarded-web-socket';
import { LINK_CODES, type EndCode, type LinkCode } from './link-codes';
import { parseTerminalFrame } from './parse-terminal-frame';
import { pongFrame, textFrame, type WireFrame } from './wire-frame';

/** Who listens to one link. There is exactly one listener at a time; `listenWith` changes it. */
export interface LinkListener {
  /** `arrivedAt` is Unix ms with fractions, taken before anything else was done with the frame. */
  frame(frame: TerminalFrame, arrivedAt: number): void;
  closed(): void;
}

/** Where whole frames are written that were built beforehand, past the counters of `write`: for living voice alone. */
export interface Pipe {
  /** Bytes that wait in user space. */
  readonly writableLength: number;
  write(bytes: Buffer): boolean;
}

/** One terminal's connection as the rest of the gateway sees it. */
export interface DeviceLink {
  /** The peer's network address, without its port. */
  readonly address: string;
  /** Monotonic ms of the last thing that came from the peer. */
  readonly lastHeardMs: number;
  readonly isOpen: boolean;
  readonly isPaused: boolean;
  /** Only while `isOpen`. */
  readonly pipe: Pipe;
  listenWith(listener: LinkListener): void;
  /** Writes frames in one go; false when the link is closing or the peer is too slow, which cuts it. */
  write(...frames: readonly WireFrame[]): boolean;
  /**
   * Says more than may wait for a socket: one page now, the rest page by page as the peer reads; what is written
   * meanwhile goes in between. False when the link is closing, or when so much is owed already that only the first page is said.
   */
  say(frames: readonly WireFrame[]): boolean;
  /** Says why, then closes. What still arrives is thrown away. */
  refuse(code: LinkCode): void;
  /** Closes without a refusal, for example 1001 when the gateway goes. */
  close(closeCode: number, reason: string): void;
  /** Cuts the connection without a word. */
  cut(): void;
  /** Stops and resumes reading; TCP then holds the peer back. */
  pause(): void;
  resume(): void;
}

/** What the metrics want to know of every link. */
export interface LinkObserver {
  frameIn(kind: string): void;
  frameOut(kind: string): void;
  refused(code: EndCode): void;
}

/** What may be owed to one peer besides: what greets it and one answer. Above it, it asks again when it has read. */
const MOST_OWED = 2;

/** Guards one WebSocket: rate, size, text only, contract; hands over typed frames and writes pre-built ones. */
export class DeviceSocket implements DeviceLink {
  lastHeardMs: number;
  private listener: LinkListener | undefined;
  private ended = false;
  /** Begun by `say` and not yet written, oldest first; none is empty. */
  private owed: readonly (readonly WireFrame[])[] = [];
  private readonly budget: FrameBudget;

  constructor(
    private readonly ws: GuardedWebSocket,
    private readonly raw: Duplex,
    readonly address: string,
    private readonly clock: Clock,
    private readonly observer: LinkObserver,
  ) {
    this.budget = new FrameBudget(() => clock.monotonicMs());
    this.lastHeardMs = clock.monotonicMs();
    ws.beforeFault = (closeCode) => this.announce(closeCode === 1009 ? 'FRAME_TOO_LARGE' : 'FRAME_INVALID');
    ws.on('message', (message: Buffer, isBinary: boolean) => this.onMessage(clock.now(), message, isBinary));
    ws.on('ping', (applicationData: Buffer) => {
      if (this.spend()) this.write(pongFrame(applicationData));
    });
    ws.on('pong', () => this.spend());
    raw.on('drain', () => this.sayMore());
    ws.on('error', () => undefined);
    ws.on('close', () => {
      this.ended = true;
      this.listener?.closed();
    });
  }

  get isOpen(): boolean {
    return !this.ended && this.ws.readyState === this.ws.OPEN && this.raw.writable;
  }

  get pipe(): Pipe {
    return this.raw;
  }

  get isPaused(): boolean {
    return this.ws.isPaused;
  }

  listenWith(listener: LinkListener): void {
    this.listener = listener;
  }

  write(...frames: readonly WireFrame[]): boolean {
    if (!this.isOpen) return false;
    // Only what the peer has left unread counts against it, not what it is about to be told.
    if (this.raw.writableLength > GATEWAY_LIMITS.queuedBytesPerSocket) {
      this.observer.refused('SLOW');
      this.cut();
      return false;
    }
    this.put(frames);
    return true;
  }

  say(frames: readonly WireFrame[]): boolean {
    const first = pageOf(frames);
    if (!this.write(...first)) return false;
    const rest = frames.slice(first.length);
    if (rest.length === 0) return true;
    if (this.owed.length >= MOST_OWED) return false;
    this.owed = [...this.owed, rest];
    if (!this.raw.writableNeedDrain) this.sayMore();
    return true;
  }

  refuse(code: LinkCode): void {
    if (!this.isOpen) return;
    this.announce(code);
    this.ws.close(LINK_CODES[code], code);
    // A peer that floods is not read any more; the library cuts it after the grace.
    if (code === 'RATE_LIMIT') this.ws.pause();
  }

  close(closeCode: number, reason: string): void {
    if (!this.isOpen) return;
    this.ended = true;
    this.ws.close(closeCode, reason);
  }

  cut(): void {
    this.ended = true;
    this.ws.terminate();
  }

  pause(): void {
    if (this.isOpen) this.ws.pause();
  }

  resume(): void {
    if (this.isOpen) this.ws.resume();
  }

  private announce(code: LinkCode): void {
    if (!this.isOpen) return;
    this.put([textFrame({ kind: 'refused', code })]);
    this.ended = true;
    this.observer.refused(code);
  }

  /** The peer has read all that was written: the next page. One too small to be waited for brings the one after it. */
  private sayMore(): void {
    for (let [rest] = this.owed; rest !== undefined && this.isOpen; [rest] = this.owed) {
      const page = pageOf(rest);
      this.owed = [...(page.length < rest.length ? [rest.slice(page.length)] : []), ...this.owed.slice(1)];
      this.put(page);
      if (this.raw.writableNeedDrain) return;
    }
  }

  private put(frames: readonly WireFrame[]): void {
    if (frames.length > 1) this.raw.cork();
    for (const frame of frames) {
      this.raw.write(frame.bytes);
      this.observer.frameOut(frame.kind);
    }
    if (frames.length > 1) this.raw.uncork();
  }

  /** Counts one frame of any kind; false when it was one too many. */
  private spend(): boolean {
    if (this.ended) return false;
    this.lastHeardMs = this.clock.monotonicMs();
    if (this.budget.take()) return true;
    this.refuse('RATE_LIMIT');
    return false;
  }

  private onMessage(arrivedAt: number, message: Buffer, isBinary: boolean): void {
    if (!this.spend()) return;
    if (isBinary) return this.refuse('FRAME_BINARY');
    const frame = parseTerminalFrame(message.toString('utf8'));
    if (frame === undefined) return this.refuse('FRAME_INVALID');
    this.observer.frameIn(frame.kind);
    this.listener?.frame(frame, arrivedAt);
  }
}

/** As many frames from the front as make one page, at least one. */
function pageOf(frames: readonly WireFrame[]): readonly WireFrame[] {
  let bytes = 0;
  const end = frames.findIndex((frame) => (bytes += frame.bytes.length) > GATEWAY_LIMITS.pageBytes);
  return end === -1 ? frames : frames.slice(0, Math.max(1, end));
}
