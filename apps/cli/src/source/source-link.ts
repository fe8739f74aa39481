import { SOURCE_AWAY_MS, type LiveEnd, type LiveServerFrame, type LiveSourceFrame } from '#libs/contracts';
import { createUntakenBlocks, type SealedBlock } from '#libs/domain';
import { createOffsetEstimator } from '#libs/link';
import type { Clock } from '../clock';
import type { LiveSocket, OpenLiveSocket } from './live-socket';

/** Time probes (design 5 "One time scale"): twenty in the first two seconds, then one a second while it is live. */
const FIRST_PROBES = 20;
const FIRST_EVERY_MS = 100;
const EVERY_MS = 1_000;
/** Nothing came for so long, though the time is asked each second: the connection is as good as cut. */
const DEAD_MS = 5_000;
/** From a cut to the next try, each time; the last for good. */
const RETRY_MS = [250, 500, 1_000, 2_000] as const;

type FrameOf<K extends LiveServerFrame['kind']> = Extract<LiveServerFrame, { readonly kind: K }>;
export type Ready = FrameOf<'ready'>;

/** How a voice ended: as the platform says, or, LINK_LOST, because it was not reached for as long as it keeps a place. */
export interface SourceEnd {
  readonly code: LiveEnd | 'LINK_LOST';
  readonly holder: string | null;
  readonly until: number | null;
}

export interface SourceTold {
  readonly sentSeq: number;
  readonly takenSeq: number;
  readonly refused: number;
  /** Of the newest that was refused. */
  readonly refusal: string | undefined;
  readonly heard: FrameOf<'heard'> | undefined;
  readonly preempted: FrameOf<'preempted'>['by'];
}

/**
 * A source's way to the platform: keeps one connection, makes it anew where it breaks, sends again what had not arrived,
 * and keeps the district's time. After `ended` it is over for good.
 */
export class SourceLink {
  private readonly estimator = createOffsetEstimator();
  private readonly untaken = createUntakenBlocks();
  private socket: LiveSocket | undefined;
  private asks: Extract<LiveSourceFrame, { readonly kind: 'speak' }> | undefined;
  private isOpen = false;
  private probes = 0;
  private answered = 0;
  private tries = 0;
  private aliveAt = 0;
  private awaySince: number;
  private readonly waiting: (() => void)[] = [];
  private timer: NodeJS.Timeout | undefined;
  private state: SourceTold = { sentSeq: 0, takenSeq: 0, refused: 0, refusal: undefined, heard: undefined, preempted: null };

  ready: Ready | undefined;
  ended: SourceEnd | undefined;

  constructor(private readonly clock: Clock, private readonly openSocket: OpenLiveSocket) {
    this.awaySince = clock.monotonic();
    this.connect();
  }

  get told(): SourceTold {
    return this.state;
  }

  /** Whether blocks go out at once; else they are kept, ten seconds of them. */
  get isReady(): boolean {
    return this.isOpen && this.ready !== undefined;
  }

  /** The district's time now, Unix ms with fractions; undefined before the first probe was answered. */
  now(): number | undefined {
    const at = this.clock.monotonic();
    const estimate = this.estimator.estimate(at);
    return estimate === undefined ? undefined : at + estimate.offsetMs;
  }

  get probesAnswered(): number {
    return this.answered;
  }

  /** On this connection, and on each later one. */
  speak(token: string, message: Extract<LiveSourceFrame, { readonly kind: 'speak' }>['message']): void {
    this.asks = { kind: 'speak', token, message };
    if (this.isOpen) this.say(this.asks);
  }

  send(block: SealedBlock): void {
    this.untaken.add(block);
    this.state = { ...this.state, sentSeq: block.seq };
    if (this.isReady) this.socket?.send(block.bytes);
  }

  /** The next time that anything changes: a frame, a connection, an end. */
  changed(): Promise<void> {
    return new Promise((resolve) => { this.waiting.push(resolve); });
  }

  close(): void {
    this.end({ code: 'LIVE_SAID', holder: null, until: null });
  }

  private connect(): void {
    this.aliveAt = this.clock.monotonic();
    this.socket = this.openSocket({
      opened: () => {
        this.isOpen = true;
        this.aliveAt = this.clock.monotonic();
        if (this.asks !== undefined) this.say(this.asks);
        this.later(0, () => this.probe());
        this.wake();
      },
      frame: (frame) => {
        this.aliveAt = this.clock.monotonic();
        this.take(frame);
        this.wake();
      },
      closed: () => { this.cut(); },
    });
  }

  private take(frame: LiveServerFrame): void {
    switch (frame.kind) {
      case 'time':
        if (this.estimator.add({ sentAt: frame.t1, receivedAt: frame.t2, answeredAt: frame.t3, answerReceivedAt: this.aliveAt })) this.answered += 1;
        return;
      case 'ready': return this.takeReady(frame);
      case 'taken':
        this.untaken.taken(frame.seq);
        this.state = { ...this.state, takenSeq: Math.max(this.state.takenSeq, frame.seq) };
        return;
      case 'refused-block':
        this.state = { ...this.state, refused: this.state.refused + 1, refusal: frame.code };
        return;
      case 'heard':
        this.state = { ...this.state, heard: frame };
        return;
      case 'preempted':
        this.state = { ...this.state, preempted: frame.by };
        return;
      case 'ended':
        // A server that restarts keeps the place.
        if (frame.code === 'LIVE_SHUTDOWN') this.cut();
        else this.end(frame);
    }
  }

  private takeReady(frame: Ready): void {
    this.ready = frame;
    this.tries = 0;
    this.untaken.taken(frame.nextSeq - 1);
    for (const block of this.untaken.again(frame.nextSeq, this.now() ?? 0)) this.socket?.send(block.bytes);
  }

  private probe(): void {
    if (this.clock.monotonic() - this.aliveAt > DEAD_MS) return this.cut();
    this.say({ kind: 'time', t1: this.clock.monotonic() });
    this.probes += 1;
    this.later(this.probes < FIRST_PROBES ? FIRST_EVERY_MS : EVERY_MS, () => this.probe());
  }

  private cut(): void {
    this.socket?.drop();
    this.socket = undefined;
    const now = this.clock.monotonic();
    if (this.isOpen) this.awaySince = now;
    [this.isOpen, this.probes, this.ready] = [false, 0, undefined];
    const wait = RETRY_MS[Math.min(this.tries, RETRY_MS.length - 1)] ?? EVERY_MS;
    this.tries += 1;
    if (now + wait - this.awaySince > SOURCE_AWAY_MS) return this.end({ code: 'LINK_LOST', holder: null, until: null });
    this.later(wait, () => this.connect());
    this.wake();
  }

  private end({ code, holder, until }: SourceEnd): void {
    clearTimeout(this.timer);
    this.socket?.drop();
    [this.socket, this.isOpen] = [undefined, false];
    this.ended ??= { code, holder, until };
    this.wake();
  }

  private say(frame: LiveSourceFrame): void {
    this.socket?.send(JSON.stringify(frame));
  }

  private later(ms: number, act: () => void): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { if (this.ended === undefined) act(); }, ms);
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
