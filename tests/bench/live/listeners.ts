import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { answerQuestions, settingOf } from './child';
import { StampReader } from './stamp';
import { DELAY_MS } from './voice';
import { readKeys, wireOf, type ListenerKey, type WireKind } from './wires';

export interface ListenersSetting {
  readonly kind: WireKind;
  readonly port: number;
  readonly tls: boolean;
  /** File with the terminals' keys, for the gateway. */
  readonly keys: string | null;
}

/** `perSecond` null: all at once. `asking`: each asks for the voice as soon as it may. Nobody is waited for longer than `withinMs`, nor when nobody else has come in `LULL_MS`. */
export interface Join {
  readonly count: number;
  readonly perSecond: number | null;
  readonly asking: boolean;
  readonly withinMs: number;
}

/** From the connection (or, of those connected before, from asking) to the first sound; its age then, and that of the newest that came with it. */
export interface Joined {
  readonly connected: number;
  readonly served: number;
  readonly firstMs: readonly number[];
  readonly firstAgeMs: readonly number[];
  /** How far behind the voice it is: of what can still be heard at its time the oldest, for those who have a time; else the first. */
  readonly behindMs: readonly number[];
}

export interface Window {
  readonly blocks: number;
  readonly listeners: number;
  readonly delayMs: { readonly p50: number; readonly p99: number; readonly max: number };
}

const REPORT_MS = 1_000;
const SLICES = 100;
/** A listener that a full accept queue turned away tries again after one second and after two more. */
const LULL_MS = 3_500;

class Listener {
  socket: Socket | undefined;
  connected = false;
  stuck = false;
  lastSeq = 0;
  firstAt = 0;
  firstAgeMs = 0;
  /** Of the first read with sound: the oldest that is not past its time. */
  playableAgeMs = Infinity;
  private since = 0;
  private soFar = '';
  private readonly wire;
  private readonly stamps: StampReader;

  constructor(private readonly setting: ListenersSetting, readonly index: number, keys: readonly ListenerKey[], onBlock: (delayMs: number) => void) {
    this.wire = wireOf(setting.kind, index, keys);
    this.stamps = new StampReader((sentAt, seq) => {
      const now = performance.timeOrigin + performance.now();
      if (this.firstAt === 0) {
        this.firstAt = now;
        this.firstAgeMs = now - sentAt;
      }
      // Captured in the tenth of a second before it left; heard DELAY_MS after that.
      if (this.playableAgeMs === Infinity && now - sentAt + 100 <= DELAY_MS) this.playableAgeMs = now - sentAt + 100;
      this.lastSeq = Math.max(this.lastSeq, seq);
      onBlock(now - sentAt);
    });
  }

  get firstMs(): number {
    return this.firstAt - performance.timeOrigin - this.since;
  }

  connect(asking: boolean): void {
    const { port, tls } = this.setting;
    this.since = performance.now();
    const options = { host: '127.0.0.1', port };
    const begin = () => {
      if (this.wire.first !== undefined) socket.write(this.wire.first);
      this.advance(asking);
    };
    const socket: Socket = tls ? connectTls({ ...options, rejectUnauthorized: false }, begin) : connect(options, begin);
    this.socket = socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      if (this.connected) return this.stamps.read(chunk);
      this.soFar += chunk.toString('latin1');
      this.advance(asking);
    });
  }

  ask(): void {
    this.since = performance.now();
    this.socket?.write(this.wire.ask);
  }

  report(): void {
    if (this.connected && !this.stuck && this.firstAt > 0 && this.wire.report !== undefined) this.socket?.write(this.wire.report(this.lastSeq));
  }

  /** Reads no more and says nothing more; its socket stays open. */
  stick(): void {
    this.stuck = true;
    this.socket?.pause();
  }

  private advance(asking: boolean): void {
    const say = this.wire.next(this.soFar);
    if (say === undefined) return;
    if (say !== 'connected') {
      this.socket?.write(say);
      return;
    }
    this.connected = true;
    this.soFar = '';
    if (asking) this.socket?.write(this.wire.ask);
  }
}

function main(): void {
  const setting = settingOf<ListenersSetting>();
  const keys = setting.keys === null ? [] : readKeys(readFileSync(setting.keys, 'utf8'));
  const listeners: Listener[] = [];
  let delays: number[] | undefined;
  const served = () => listeners.filter(({ firstAt }) => firstAt > 0);
  const waitFor = async (count: () => number, withinMs: number) => {
    const from = performance.now();
    for (let [before, since] = [count(), from]; before < listeners.length && performance.now() - since < LULL_MS && performance.now() - from < withinMs; ) {
      await pause(20);
      if (count() > before) [before, since] = [count(), performance.now()];
    }
  };
  const connected = () => listeners.filter((listener) => listener.connected).length;
  const joined = (): Joined => ({
    connected: connected(),
    served: served().length,
    firstMs: served().map(({ firstMs }) => firstMs),
    firstAgeMs: served().map(({ firstAgeMs }) => firstAgeMs),
    behindMs: served().map(({ firstAgeMs, playableAgeMs }) => (setting.kind === 'clarion' ? playableAgeMs : firstAgeMs)),
  });
  let slice = 0;
  setInterval(() => {
    slice = (slice + 1) % SLICES;
    for (let i = slice; i < listeners.length; i += SLICES) listeners[i]?.report();
  }, REPORT_MS / SLICES);

  answerQuestions({
    join: async ({ count, perSecond, asking, withinMs }: Join) => {
      for (let i = 0; i < count; i += 1) {
        const listener = new Listener(setting, i, keys, (delayMs) => {
          if (delays !== undefined && !listener.stuck) delays.push(delayMs);
        });
        listeners.push(listener);
      }
      const from = performance.now();
      for (const listener of listeners) {
        const due = perSecond === null ? from : from + (listener.index * 1_000) / perSecond;
        if (due > performance.now()) await pause(due - performance.now());
        listener.connect(asking);
      }
      await waitFor(asking ? () => served().length : connected, withinMs);
      return joined();
    },
    ask: async (withinMs: number) => {
      for (const listener of listeners) listener.ask();
      await waitFor(() => served().length, withinMs);
      return joined();
    },
    /** Everybody goes; others may come after them. */
    leave: () => listeners.splice(0).forEach(({ socket }) => socket?.destroy()),
    stick: (count: number) => listeners.slice(0, count).forEach((listener) => listener.stick()),
    window: async (ms: number): Promise<Window> => {
      delays = [];
      await pause(ms);
      const sorted = Float64Array.from(delays).sort();
      delays = undefined;
      const at = (share: number) => Math.round((sorted[Math.floor(share * (sorted.length - 1))] ?? 0) * 10) / 10;
      return { blocks: sorted.length, listeners: listeners.filter(({ stuck }) => !stuck).length, delayMs: { p50: at(0.5), p99: at(0.99), max: at(1) } };
    },
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

if (require.main === module) main();
