import { WebSocket } from 'ws';
import { LIVE_PATH, LIVE_SUBPROTOCOL, liveServerFrameSchema, type LiveServerFrame } from '#libs/contracts';
import { NO_BLOCK_BEFORE } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';
import { PACKET_MS } from '#libs/trust';
import { signBlock, type SessionKey } from './live-speaker';
import { until } from './until';

type Kind = LiveServerFrame['kind'];
export type FrameOf<K extends Kind> = Extract<LiveServerFrame, { kind: K }>;

/**
 * A source as the platform meets it on the source link: speaks with real blocks over a real WebSocket and keeps every frame
 * that it was sent.
 *
 *   const source = await LiveSourceClient.connect(server.base);
 *   const ready = await source.speak(caller.token, message.id);
 *   const voice = new BlockSpeaker(ready.stream, key, clock.now());
 *   source.block(voice.next(packets));
 *   await source.taken(1);
 */
export class LiveSourceClient {
  readonly frames: LiveServerFrame[] = [];
  isClosed = false;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (bytes) => this.frames.push(liveServerFrameSchema.parse(JSON.parse(String(bytes)))));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.isClosed = true;
    });
  }

  /** `base`: http address of the API server. Rejects when the door stays shut. */
  static async connect(base: string, { subprotocol = LIVE_SUBPROTOCOL, origin }: { readonly subprotocol?: string; readonly origin?: string } = {}): Promise<LiveSourceClient> {
    const socket = new WebSocket(`${base.replace(/^http/, 'ws')}${LIVE_PATH}`, subprotocol, { ...(origin === undefined ? {} : { origin }) });
    const client = new LiveSourceClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('error', reject);
    });
    return client;
  }

  text(value: unknown): void {
    this.socket.send(typeof value === 'string' ? value : JSON.stringify(value));
  }

  block(bytes: Uint8Array): void {
    this.socket.send(bytes);
  }

  /** Says who speaks under which grant; the `ready` that answers it. Throws with the code when the floor is not given. */
  async speak(token: string, message: string): Promise<FrameOf<'ready'>> {
    this.text({ kind: 'speak', token, message });
    await until(() => this.last('ready') !== undefined || this.last('ended') !== undefined);
    const ready = this.last('ready');
    if (ready === undefined) throw new Error(this.last('ended')?.code);
    return ready;
  }

  /** The code with which the platform ended it. */
  async ended(): Promise<FrameOf<'ended'>['code']> {
    await until(() => this.last('ended') !== undefined);
    return this.last('ended')?.code ?? 'LIVE_SHAPE';
  }

  /** Everything up to this block is on record. */
  async taken(seq: number): Promise<void> {
    await until(() => (this.last('taken')?.seq ?? 0) >= seq);
  }

  last<K extends Kind>(kind: K): FrameOf<K> | undefined {
    return this.all(kind).at(-1);
  }

  all<K extends Kind>(kind: K): readonly FrameOf<K>[] {
    return this.frames.flatMap((frame) => (isKind(frame, kind) ? [frame] : []));
  }

  /** As a network that breaks. */
  cut(): void {
    this.socket.terminate();
  }

  async close(): Promise<void> {
    this.socket.terminate();
    await until(() => this.isClosed);
  }
}

function isKind<K extends Kind>(frame: LiveServerFrame, kind: K): frame is FrameOf<K> {
  return frame.kind === kind;
}

/** Builds the blocks of one voice in order, from a time of capture on (Unix ms). */
export class BlockSpeaker {
  seq = 0;
  private previous = NO_BLOCK_BEFORE;

  constructor(private readonly stream: string, private readonly key: SessionKey, public capturedAt: number) {}

  next(packets: readonly Uint8Array[], end = false): Uint8Array {
    this.seq += 1;
    const bytes = signBlock({ end, stream: this.stream, seq: this.seq, capturedAt: Math.round(this.capturedAt * 1_000), previous: this.previous, packets }, this.key);
    this.previous = sha256Hex(bytes).slice(0, NO_BLOCK_BEFORE.length);
    this.capturedAt += packets.length * PACKET_MS;
    return bytes;
  }

  end(): Uint8Array {
    return this.next([], true);
  }
}
