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

/** One terminal's connection as the rest of the gateway sees it. */
export interface DeviceLink {
  /** The peer's network address, without its port. */
  readonly address: string;
  /** Monotonic ms of the last thing that came from the peer. */
  readonly lastHeardMs: number;
  readonly isOpen: boolean;
  readonly isPaused: boolean;
  listenWith(listener: LinkListener): void;
  /** Writes frames in one go; false when the link is closing or the peer is too slow, which cuts it. */
  write(...frames: readonly WireFrame[]): boolean;
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

/** Guards one WebSocket: rate, size, text only, contract; hands over typed frames and writes pre-built ones. */
export class DeviceSocket implements DeviceLink {
  lastHeardMs: number;
  private listener: LinkListener | undefined;
  private ended = false;
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
    ws.on('error', () => undefined);
    ws.on('close', () => {
      this.ended = true;
      this.listener?.closed();
    });
  }

  get isOpen(): boolean {
    return !this.ended && this.ws.readyState === this.ws.OPEN && this.raw.writable;
  }

  get isPaused(): boolean {
    return this.ws.isPaused;
  }

  listenWith(listener: LinkListener): void {
    this.listener = listener;
  }

  write(...frames: readonly WireFrame[]): boolean {
    if (!this.isOpen) return false;
    const bytes = frames.reduce((sum, frame) => sum + frame.bytes.length, 0);
    if (this.raw.writableLength + bytes > GATEWAY_LIMITS.queuedBytesPerSocket) {
      this.observer.refused('SLOW');
      this.cut();
      return false;
    }
    this.put(frames);
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
