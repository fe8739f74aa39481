import { LIMITS, type StreamId, type TerminalFrame, type TerminalId } from '#libs/contracts';
import { parseLiveBlock } from '#libs/envelope';
import type { Clock } from '../clock';
import { GATEWAY_LIMITS } from '../limits';
import type { Session } from '../presence/sessions';
import type { WireFrame } from '../socket/wire-frame';
import type { FanOut } from './fan-out';
import { LiveStream, type ListenersReport, type LiveObserver, type Progress } from './live-stream';

type Listen = Extract<TerminalFrame, { kind: 'listen' }>;

/**
 * Every living voice under way, and who listens. Verifies nothing: terminals take only what they can prove themselves, and
 * what is wrong the platform refuses before it comes here. A terminal may ask before the platform has opened a stream, as
 * after a restart of this process: it is served from the opening on.
 */
export class LiveDesk {
  private readonly streams = new Map<string, LiveStream>();
  /** Streams just closed, with when (monotonic ms). */
  private readonly closed = new Map<string, number>();

  constructor(private readonly clock: Clock, private readonly fanOut: FanOut, private readonly observer: LiveObserver) {}

  /** Streams that the platform opened. */
  get open(): number {
    return [...this.streams.values()].filter(({ isOpen }) => isOpen).length;
  }

  get listening(): number {
    return [...this.streams.values()].reduce((sum, { listening }) => sum + listening, 0);
  }

  /** Opens a stream, or changes its end; false when as many run as may. `until` is Unix ms. */
  begin({ stream: id, delayMs, until }: { readonly stream: StreamId; readonly delayMs: number; readonly until: number }): boolean {
    const stream = this.of(id);
    if (stream?.isOpen !== true && this.open >= LIMITS.leases) return false;
    this.closed.delete(id);
    if (stream === undefined) this.streams.set(id, new LiveStream(this.fanOut, this.observer, delayMs, until));
    else Object.assign(stream, { delayMs, until });
    return true;
  }

  end(id: string): void {
    if (this.streams.delete(id)) this.closed.set(id, this.clock.monotonicMs());
  }

  /** A block as it came from the platform; the code when it is none, or of a stream that is not open. */
  take(bytes: Buffer): 'LIVE_BLOCK' | 'LIVE_STREAM' | undefined {
    const block = parseLiveBlock(bytes)?.block;
    if (block === undefined) return 'LIVE_BLOCK';
    const stream = this.of(block.stream);
    if (stream?.isOpen !== true) return this.closed.has(block.stream) ? undefined : 'LIVE_STREAM';
    stream.take(block, bytes, this.clock.monotonicMs());
    return undefined;
  }

  /** A terminal asks for no more streams at once than may run; what it asks above that is not heard. */
  listen({ terminal, link }: Session, { stream: id, lastSeq }: Listen): void {
    const asked = [...this.streams].filter(([other, stream]) => other !== id && stream.has(terminal)).length;
    if (asked >= LIMITS.leases) return;
    const stream = this.of(id) ?? new LiveStream(this.fanOut, this.observer);
    this.streams.set(id, stream);
    stream.listen(terminal, link, lastSeq, this.clock.monotonicMs());
  }

  unlisten(terminal: TerminalId, id: string): void {
    this.of(id)?.unlisten(terminal);
    this.forgetUnheard(id);
  }

  progress(terminal: TerminalId, progress: Progress): void {
    this.of(progress.stream)?.progress(terminal, progress, this.clock.monotonicMs());
  }

  /** Its connection ended. */
  gone(terminal: TerminalId): void {
    for (const [id, stream] of [...this.streams]) {
      stream.gone(terminal);
      this.forgetUnheard(id);
    }
  }

  /** The frame, once to each who listens to one of these streams; what the listeners of those that are open report. */
  lease(ids: readonly StreamId[], frame: WireFrame): readonly ({ readonly stream: StreamId } & ListenersReport)[] {
    const now = this.clock.monotonicMs();
    const named = [...new Set(ids)].flatMap((id) => {
      const stream = this.of(id);
      return stream === undefined ? [] : [{ id, stream }];
    });
    for (const { stream } of named) stream.leased(frame.bytes, now);
    for (const link of new Set(named.flatMap(({ stream }) => [...stream.links()]))) link.write(frame);
    return named.filter(({ stream }) => stream.isOpen).map(({ id, stream }) => ({ stream: id, ...stream.report(now) }));
  }

  sweep(): void {
    const now = this.clock.monotonicMs();
    for (const [id, stream] of [...this.streams]) {
      if (stream.isOpen && stream.until < this.clock.now()) this.end(id);
      else stream.sweep(now);
    }
    for (const [id, at] of [...this.closed]) if (now - at > GATEWAY_LIMITS.liveClosedMs) this.closed.delete(id);
  }

  private of(id: string): LiveStream | undefined {
    return this.streams.get(id);
  }

  /** Of what nobody opened nothing stays once nobody asks for it. */
  private forgetUnheard(id: string): void {
    const stream = this.of(id);
    if (stream?.isOpen === false && stream.listening === 0) this.streams.delete(id);
  }
}
