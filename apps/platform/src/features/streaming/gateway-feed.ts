import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { LIVE_SOCKET, type StreamId } from '#libs/contracts';
import { frameLiveBlock } from '#libs/envelope';
import type { LiveGateway } from '../../internal/gateway-client';
import type { Clock } from '../../kernel/clock';
import type { Config } from '../../kernel/config';
import type { Log } from '../../kernel/log';
import { CLOCK, CONFIG, LOG } from '../../kernel/tokens';
import { LIVE_GATEWAY } from './live-gateway';

const AGAIN_MS = 250;
/** Besides the delay from mouth to loudspeaker: what is older when the gateway comes back is heard by nobody. */
const STALE_MS = 1_000;
/** More than this unsent, the gateway does not read: it is dialled anew. */
const MOST_UNSENT_BYTES = 1_048_576;

interface Fed {
  readonly delayMs: number;
  readonly until: number;
  /** Whether the gateway of this connection has opened it. */
  opened: boolean;
  opening: boolean;
  /** What came while it was not open there. */
  waiting: { readonly bytes: Uint8Array; readonly at: number }[];
}

/**
 * Blocks on their way to the gateway: one connection for all voices, kept up while any runs. The gateway must have opened a
 * voice before its first block, and again after it restarted; until then its blocks wait as long as anybody could hear them.
 */
@Injectable()
export class GatewayFeed implements BeforeApplicationShutdown {
  private readonly voices = new Map<StreamId, Fed>();
  private socket: Socket | undefined;
  private isConnected = false;
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
    @Inject(LIVE_GATEWAY) private readonly gateway: LiveGateway,
  ) {}

  /** `until`: no sample is heard after it, Unix ms. */
  begin(stream: StreamId, delayMs: number, until: number): void {
    this.voices.set(stream, { delayMs, until, opened: false, opening: false, waiting: [] });
    this.dial();
    void this.open(stream);
  }

  send(stream: StreamId, bytes: Uint8Array): void {
    const fed = this.voices.get(stream);
    if (fed === undefined) return;
    if (this.isConnected && fed.opened) this.write(bytes);
    else this.keep(fed, bytes);
  }

  /** Nothing more of it comes. What was sent still has its time to be asked for by who joins late. */
  end(stream: StreamId, afterMs: number): void {
    if (!this.voices.delete(stream)) return;
    const close = (): void => void this.gateway.liveClose(stream).catch((cause: unknown) => this.log.warn('streaming.close-failed', { stream }, cause));
    if (afterMs === 0) close();
    else setTimeout(close, afterMs).unref();
  }

  /** The gateway does not know these: it has restarted. */
  unknown(streams: readonly StreamId[]): void {
    for (const stream of streams) {
      const fed = this.voices.get(stream);
      if (fed === undefined || fed.opening) continue;
      fed.opened = false;
      void this.open(stream);
    }
  }

  beforeApplicationShutdown(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.socket?.destroy();
  }

  private dial(): void {
    if (this.socket !== undefined || this.isClosed) return;
    const socket = connect(path.join(this.config.dataDir, LIVE_SOCKET));
    this.socket = socket;
    socket.on('connect', () => {
      this.isConnected = true;
      for (const stream of this.voices.keys()) void this.open(stream);
    });
    socket.on('data', () => undefined);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.socket = undefined;
      this.isConnected = false;
      for (const fed of this.voices.values()) fed.opened = false;
      this.again();
    });
  }

  private again(): void {
    if (this.isClosed || this.voices.size === 0) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.dial();
      for (const stream of this.voices.keys()) void this.open(stream);
    }, AGAIN_MS);
    this.timer.unref();
  }

  private async open(stream: StreamId): Promise<void> {
    const fed = this.voices.get(stream);
    const { socket } = this;
    if (fed === undefined || !this.isConnected || fed.opened || fed.opening) return;
    fed.opening = true;
    try {
      await this.gateway.liveOpen({ stream, delayMs: fed.delayMs, until: fed.until });
      // Opened by a gateway that has gone since: the next connection asks anew.
      if (this.socket !== socket || !this.isConnected) return;
      fed.opened = true;
      const oldest = this.clock.monotonicMs() - fed.delayMs - STALE_MS;
      for (const { bytes, at } of fed.waiting) if (at >= oldest) this.write(bytes);
      fed.waiting = [];
    } catch (cause) {
      this.log.warn('streaming.open-failed', { stream }, cause);
      this.again();
    } finally {
      fed.opening = false;
    }
  }

  private keep(fed: Fed, bytes: Uint8Array): void {
    const at = this.clock.monotonicMs();
    fed.waiting = [...fed.waiting.filter((block) => block.at >= at - fed.delayMs - STALE_MS), { bytes, at }];
  }

  private write(bytes: Uint8Array): void {
    if ((this.socket?.writableLength ?? 0) > MOST_UNSENT_BYTES) this.socket?.destroy();
    else this.socket?.write(frameLiveBlock(bytes));
  }
}
