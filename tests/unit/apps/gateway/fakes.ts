import type { z } from 'zod';
import type { TerminalFrame } from '#libs/contracts';
import type { Clock } from '../../../../apps/gateway/src/clock';
import type { Log } from '../../../../apps/gateway/src/log';
import type { Platform, PlatformAnswer, PlatformRoute } from '../../../../apps/gateway/src/platform/platform-client';
import type { DeviceLink, LinkListener } from '../../../../apps/gateway/src/socket/device-socket';
import type { LinkCode } from '../../../../apps/gateway/src/socket/link-codes';
import type { WireFrame } from '../../../../apps/gateway/src/socket/wire-frame';

/** A clock that moves only when told to. */
export class FakeClock implements Clock {
  ms = 1_800_000_000_000;
  private counter = 0;
  now() { return this.ms; }
  monotonicMs() { return this.ms - 1_799_999_000_000; }
  randomHex(count: number) { this.counter += 1; return this.counter.toString(16).padStart(count * 2, '0'); }
  random(count: number) { this.counter += 1; return new Uint8Array(count).fill(this.counter); }
  follow() { return 0; }
}

export class LogRecord implements Log {
  readonly codes: string[] = [];
  debug() { return undefined; }
  info() { return undefined; }
  warn(fields: object) { this.note(fields); }
  error(fields: object) { this.note(fields); }
  private note(fields: object) {
    if ('code' in fields) this.codes.push(String(fields.code));
  }
}

/** A link with a memory. */
export class FakeLink implements DeviceLink {
  readonly address = '192.0.2.1';
  lastHeardMs = 0;
  isOpen = true;
  isPaused = false;
  readonly written: WireFrame[] = [];
  /** What was written past `write`, and what of it waits. */
  readonly pipe = { writableLength: 0, writes: [] as Buffer[], write(bytes: Buffer) { this.writes.push(bytes); return true; } };
  ended: LinkCode | number | 'cut' | undefined;
  private listener: LinkListener | undefined;

  listenWith(listener: LinkListener) { this.listener = listener; }
  write(...frames: readonly WireFrame[]) {
    if (this.isOpen) this.written.push(...frames);
    return this.isOpen;
  }
  say(frames: readonly WireFrame[]) { return this.write(...frames); }
  refuse(code: LinkCode) { this.end(code); }
  close(code: number) { this.end(code); }
  cut() { this.end('cut'); }
  pause() { this.isPaused = true; }
  resume() { this.isPaused = false; }

  /** What a terminal sends. */
  receives(frame: object, arrivedAt = 0) { this.listener?.frame(frame as TerminalFrame, arrivedAt); }
  leaves() { this.isOpen = false; this.listener?.closed(); }
  /** What was written, read back from the bytes. */
  get frames(): readonly unknown[] { return this.written.map(({ bytes, payloadBytes }) => JSON.parse(bytes.subarray(bytes.length - payloadBytes).toString())); }
  get kinds() { return this.written.map(({ kind }) => kind); }

  private end(how: LinkCode | number | 'cut') {
    if (!this.isOpen) return;
    this.ended = how;
    this.leaves();
  }
}

/** A platform that answers from a function; `settle` lets everything under way finish. */
export class ScriptedPlatform implements Platform {
  isUp = true;
  readonly calls: { path: string; request: unknown }[] = [];
  respond: (path: string, request: never) => PlatformAnswer<unknown> | Promise<PlatformAnswer<unknown>> = () => ({ ok: true, value: {} });
  private readonly listeners: (() => void)[] = [];

  onBack(listener: () => void) { this.listeners.push(listener); }
  async call<Request, Answer>(route: PlatformRoute<Request, Answer>, request: Request): Promise<PlatformAnswer<Answer>> {
    this.calls.push({ path: route.path, request: structuredClone(request) });
    const answer = await this.respond(route.path, request as never);
    if (!answer.ok && answer.why === 'away') this.isUp = false;
    return answer as PlatformAnswer<z.infer<typeof route.answer>>;
  }
  comesBack() {
    this.isUp = true;
    for (const listener of this.listeners) listener();
  }
}
