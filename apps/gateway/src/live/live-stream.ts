import { LIMITS, type TerminalFrame, type TerminalId } from '#libs/contracts';
import type { LiveBlock } from '#libs/envelope';
import { GATEWAY_LIMITS } from '../limits';
import type { DeviceLink, Pipe } from '../socket/device-socket';
import { binaryFrame } from '../socket/wire-frame';
import { BlockRing } from './block-ring';
import type { FanOut } from './fan-out';

export type Progress = Extract<TerminalFrame, { kind: 'progress' }>;

/** What the metrics want to know of living voices. */
export interface LiveObserver {
  liveBlocks(written: number, skipped: number): void;
  liveCut(): void;
}

/** What the listeners of one stream report, in sums. */
export interface ListenersReport {
  readonly listening: number;
  readonly behind: number;
  readonly late: number;
  readonly refused: number;
  readonly lost: number;
}

interface Listener {
  readonly link: DeviceLink;
  /** Everything up to here it has read, or was never sent. */
  readSeq: number;
  /** The last block that was written to it, or the one before the first. */
  sentSeq: number;
  /** It gets no blocks until it has read what it has. */
  skipped: boolean;
  /** Of its last report: how long the oldest block had lain unread. */
  lagMs: number;
  late: number;
  refused: number;
  /** Monotonic ms. */
  reportedAt: number;
}

/**
 * One living voice, as many loudspeakers (design 5 "Live"; facts/audio C5, C6). A newcomer gets what is still of use in one
 * write. Whoever does not keep up is judged by its reports, not by its socket's buffer: the kernel takes minutes of voice
 * before anything is felt here. Told of, then skipped, then cut.
 */
export class LiveStream {
  private readonly ring = new BlockRing();
  private readonly listeners = new Map<TerminalId, Listener>();
  private readonly lost = new Set<TerminalId>();
  private lease: Buffer | undefined;
  private leasedAt = -Infinity;

  /** `delayMs`: from capture to loudspeaker; null while terminals ask for it and the platform has not opened it. */
  constructor(private readonly fanOut: FanOut, private readonly observer: LiveObserver, public delayMs: number | null = null, public until = 0) {}

  get isOpen(): boolean {
    return this.delayMs !== null;
  }

  get listening(): number {
    return this.listeners.size;
  }

  links(): Iterable<DeviceLink> {
    return [...this.listeners.values()].map(({ link }) => link);
  }

  has(terminal: TerminalId): boolean {
    return this.listeners.has(terminal);
  }

  /** One block to everybody who keeps up. One that is not newer than the newest goes to nobody. */
  take({ seq }: LiveBlock, bytes: Buffer, now: number): void {
    const before = this.ring.newestSeq;
    if (seq <= before) return;
    const frame = binaryFrame(bytes);
    this.ring.add({ seq, arrivedAt: now, frame });
    const ready: Pipe[] = [];
    let skipped = 0;
    for (const listener of this.listeners.values()) {
      if (!listener.link.isOpen) continue;
      if (listener.skipped || listener.link.pipe.writableLength > GATEWAY_LIMITS.liveQueuedBytes) {
        skipped += 1;
        continue;
      }
      // After a hole nothing before it is waited for.
      if (listener.sentSeq < before) listener.readSeq = seq - 1;
      listener.sentSeq = seq;
      ready.push(listener.link.pipe);
    }
    this.fanOut(ready, frame);
    this.observer.liveBlocks(ready.length, skipped);
  }

  /** The newest lease, and from the block after `lastSeq` on as far as they are still of use. Asking again is asking anew. */
  listen(terminal: TerminalId, link: DeviceLink, lastSeq: number, now: number): void {
    this.lost.delete(terminal);
    const ring = this.ring.after(lastSeq, now - (this.delayMs ?? 0) - GATEWAY_LIMITS.liveBehindMs);
    const readSeq = (ring[0]?.seq ?? this.ring.newestSeq + 1) - 1;
    this.listeners.set(terminal, { link, readSeq, sentSeq: this.ring.newestSeq, skipped: false, lagMs: 0, late: 0, refused: 0, reportedAt: now });
    const lease = this.leasedAt > now - LIMITS.leaseMs ? this.lease : undefined;
    if ((ring.length === 0 && lease === undefined) || !link.isOpen) return;
    link.pipe.write(Buffer.concat([...(lease === undefined ? [] : [lease]), ...ring.map(({ frame }) => frame)]));
    this.observer.liveBlocks(ring.length, 0);
  }

  /** Whoever listens from now on gets this lease first: a loudspeaker that was away must not wait for the next one. */
  leased(frame: Buffer, now: number): void {
    this.lease = frame;
    this.leasedAt = now;
  }

  unlisten(terminal: TerminalId): void {
    this.listeners.delete(terminal);
    this.lost.delete(terminal);
  }

  /** Its connection ended without `unlisten`. */
  gone(terminal: TerminalId): void {
    if (this.listeners.delete(terminal)) this.lost.add(terminal);
  }

  progress(terminal: TerminalId, { lastSeq, late, refused }: Progress, now: number): void {
    const listener = this.listeners.get(terminal);
    if (listener === undefined) return;
    // What it refuses it has read all the same: being wrong is not being slow.
    const readSeq = refused > listener.refused ? listener.sentSeq : Math.min(lastSeq, listener.sentSeq);
    listener.readSeq = Math.max(listener.readSeq, readSeq);
    Object.assign(listener, { late, refused, reportedAt: now, lagMs: this.lagOf(listener, now) });
    this.judge(listener, now);
  }

  sweep(now: number): void {
    for (const listener of [...this.listeners.values()]) {
      // What we do not read cannot reach us: nobody is behind for that.
      if (listener.link.isPaused || !this.isOpen) Object.assign(listener, { reportedAt: now, readSeq: listener.sentSeq });
      this.judge(listener, now);
    }
  }

  report(now: number): ListenersReport {
    const all = [...this.listeners.values()];
    const behindMs = (this.delayMs ?? 0) + GATEWAY_LIMITS.liveBehindMs;
    return {
      listening: all.length,
      behind: all.filter(({ lagMs, reportedAt }) => lagMs > behindMs || now - reportedAt > GATEWAY_LIMITS.liveSkipMs).length,
      late: all.reduce((sum, listener) => sum + listener.late, 0),
      refused: all.reduce((sum, listener) => sum + listener.refused, 0),
      lost: this.lost.size,
    };
  }

  private judge(listener: Listener, now: number): void {
    if (!listener.link.isOpen) return;
    const lagMs = this.lagOf(listener, now);
    if (lagMs > GATEWAY_LIMITS.liveCutMs || now - listener.reportedAt > GATEWAY_LIMITS.liveCutMs) {
      this.observer.liveCut();
      listener.link.cut();
      return;
    }
    listener.skipped = listener.skipped ? lagMs > 0 : lagMs > GATEWAY_LIMITS.liveSkipMs;
  }

  /** How long the oldest block that was written to it has lain unread, as far as its reports tell. */
  private lagOf({ readSeq, sentSeq }: Listener, now: number): number {
    return readSeq >= sentSeq ? 0 : now - (this.ring.firstAfter(readSeq) ?? now);
  }
}
