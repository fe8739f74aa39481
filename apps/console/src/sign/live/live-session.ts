import { type LiveServerFrame } from '#libs/contracts';
import { speakingTimes } from '#libs/domain';
import type { Clock } from '../../clock';
import { sha256 } from '../keys/bytes';
import { faultOf } from '../ui/fault';
import { takenBy, type Granted } from './grant';
import { levelDbfs } from './level';
import { LiveFault } from './live-fault';
import { afterEvent, READY, type Doing, type LiveEvent, type LiveState } from './live-state';
import type { Microphone, MicrophoneEvents } from './microphone';
import { createSourceLink, type OpenWire, type SourceLink } from './source-link';
import { createVoice, type MakeEncoder, type Voice } from './voice';
import { keepAwake } from './wake-lock';

const TICK_MS = 200;
/** The platform has so long to give the turn under a dispatched grant. */
const TURN_MS = 10_000;
/** And to confirm the end. */
const CONFIRM_MS = 3_000;
const BUZZ: number[] = [200, 100, 200];

export interface LiveParts {
  readonly clock: Clock;
  readonly token: string;
  readonly openWire: OpenWire;
  readonly openMicrophone: (on: MicrophoneEvents, monotonic: () => number) => Promise<Microphone>;
  readonly makeEncoder: MakeEncoder;
  /** Asked before anything is signed. Refuses live-no-encoder. */
  readonly readyEncoder: () => Promise<void>;
}

/** Gets the right to speak: under a permit at once, or by releasing what others have signed. */
export type Grant = (does: (doing: Doing) => void) => Promise<Granted>;

/** One speaker before one microphone, from the press to the end. What it is at stands in `state`. */
export class LiveSession {
  private current: LiveState = READY;
  private readonly listeners = new Set<() => void>();
  private microphone: Promise<Microphone> | undefined;
  private link: SourceLink | undefined;
  private voice: Voice | undefined;
  private granted: Granted | undefined;
  private asleep: (() => void) | undefined;
  private ticker: ReturnType<typeof setInterval> | undefined;
  private lagMs = 0;
  private isMicrophoneLost = false;
  /** Of the last 20 ms; for the meter. */
  level = -Infinity;

  constructor(private readonly parts: LiveParts) {}

  get state(): LiveState {
    return this.current;
  }

  readonly subscribe = (changed: () => void): (() => void) => {
    this.listeners.add(changed);
    return () => void this.listeners.delete(changed);
  };

  readonly tell = (event: LiveEvent): void => {
    const next = afterEvent(this.current, event);
    if (next === this.current) return;
    const ended = next.kind === 'ended' && this.current.kind !== 'ended';
    this.current = next;
    if (ended) this.letAllGo();
    for (const changed of this.listeners) changed();
  };

  /** Inside the press itself: a browser gives the microphone there alone. Nothing is sent yet. */
  press(): void {
    this.microphone ??= this.parts.openMicrophone({
      frame: (samples, at) => this.frame(samples, at),
      lost: () => {
        this.level = -Infinity;
        this.isMicrophoneLost = true;
        this.tell({ kind: 'microphone', microphone: 'lost' });
      },
      back: () => {
        this.isMicrophoneLost = false;
        this.voice?.restart();
        this.tell({ kind: 'microphone', microphone: 'open' });
      },
    }, () => this.parts.clock.monotonic());
    // Whoever speaks hears of it; a press that was let go needs not.
    this.microphone.catch(() => undefined);
  }

  /** The press was too short to count. */
  letGo(): void {
    if (['ready', 'waiting', 'taken'].includes(this.current.kind)) this.closeMicrophone();
  }

  /** The press was held: from here on it leads to the air or to a fault. */
  async speak(grant: Grant): Promise<void> {
    const does = (doing: Doing): void => this.tell({ kind: 'does', doing });
    this.press();
    does('microphone');
    const link = createSourceLink(this.parts.openWire, () => this.parts.clock.monotonic(), {
      frame: (frame) => this.frameOf(frame),
      lost: () => this.tell({ kind: 'lost', at: this.now() }),
      retries: () => this.tell({ kind: 'retries' }),
    });
    this.link = link;
    try {
      this.lagMs = (await this.microphone)?.lagMs ?? 0;
      await this.parts.readyEncoder();
      this.granted = await grant(does);
      does('connecting');
      link.speak({ token: this.parts.token, message: this.granted.message });
      setTimeout(() => {
        if (this.link === link && this.current.kind === 'granting') this.fail(new LiveFault('live-no-turn'));
      }, TURN_MS);
    } catch (cause) {
      const taken = takenBy(cause);
      if (taken === undefined) this.fail(cause);
      else this.stepBack({ kind: 'taken', ...taken });
    }
  }

  resume(): void {
    this.voice?.resume(this.now());
  }

  /** Says END and waits for the platform to have it. */
  async finish(): Promise<void> {
    if (this.current.kind !== 'on-air' || this.current.ending) return;
    this.tell({ kind: 'ends' });
    await this.voice?.end(this.now());
    this.closeMicrophone();
    const link = this.link;
    setTimeout(() => {
      if (this.link === link && link?.isReady() === true) this.tell({ kind: 'ended', code: 'LIVE_SAID', holder: null, until: null, at: this.now() });
    }, CONFIRM_MS);
  }

  /** The page goes away: says END where it still can. */
  leave(): void {
    if (this.current.kind === 'on-air') void this.finish().finally(() => this.letAllGo());
    else this.letAllGo();
  }

  /** District Unix ms, as well as this page knows it. */
  private now(): number {
    const { clock } = this.parts;
    return this.link?.districtAt(clock.monotonic()) ?? clock.now();
  }

  private frame(samples: Float32Array, at: number): void {
    this.level = levelDbfs(samples);
    const now = this.link?.districtAt(at);
    if (now !== undefined) this.voice?.take(samples, now);
  }

  private frameOf(frame: Exclude<LiveServerFrame, { kind: 'time' }>): void {
    switch (frame.kind) {
      case 'ready': return void this.turn(frame).catch((cause: unknown) => this.fail(cause));
      case 'taken': return this.voice?.taken(frame.seq);
      case 'refused-block': return this.tell({ kind: 'refused-block' });
      case 'heard': {
        const { kind: _, ...heard } = frame;
        return this.tell({ kind: 'heard', heard });
      }
      case 'preempted':
        if (frame.by !== null) buzz();
        return this.tell({ kind: 'preempted', by: frame.by });
      case 'ended': {
        const { code, holder, until } = frame;
        const wasGranting = this.current.kind === 'granting';
        this.tell({ kind: 'ended', code, holder, until, at: this.now() });
        if (wasGranting) this.letAllGo();
      }
    }
  }

  private async turn({ startAt, endsAt, stream, nextSeq }: Extract<LiveServerFrame, { kind: 'ready' }>): Promise<void> {
    const { granted, link } = this;
    if (granted === undefined || link === undefined) return;
    const { from, until } = speakingTimes(granted.live, startAt);
    const times = { from, until: Math.min(until, endsAt - granted.live.delayMs) };
    if (this.voice === undefined) {
      this.voice = await createVoice({ stream, live: granted.live, times, lagMs: this.lagMs }, { sign: granted.key.sign, sha256 }, this.parts.makeEncoder, {
        block: (bytes) => this.link?.send(bytes),
        silence: (silence) => {
          if (silence !== 'speaking') buzz();
          this.tell({ kind: 'silence', silence });
        },
        fault: (cause) => this.fail(cause),
      }, this.now());
      this.asleep = keepAwake();
      this.ticker = setInterval(() => this.tick(), TICK_MS);
    } else {
      for (const block of this.voice.again(nextSeq, this.now())) link.send(block);
    }
    this.tell({ kind: 'turn', message: granted.message, times, at: this.now() });
    // It may be gone since before the turn.
    if (this.isMicrophoneLost) this.tell({ kind: 'microphone', microphone: 'lost' });
  }

  private tick(): void {
    const at = this.now();
    this.tell({ kind: 'time', at });
    this.tell({ kind: 'link', isSilent: this.link?.isSilent() ?? false });
    const state = this.current;
    if (state.kind !== 'on-air') return;
    if (state.microphone === 'lost') this.voice?.quiet(at);
    if (state.phase === 'speaking' && state.leftMs === 0) void this.finish();
  }

  private fail(cause: unknown): void {
    if (this.current.kind === 'on-air') this.tell({ kind: 'ended', code: 'PAGE_BROKE', holder: null, until: null, at: this.now() });
    else this.stepBack({ kind: 'failed', fault: faultOf(cause) });
  }

  private stepBack(event: LiveEvent): void {
    this.letAllGo();
    this.tell(event);
  }

  private closeMicrophone(): void {
    void this.microphone?.then((open) => open.close(), () => undefined);
    this.microphone = undefined;
    this.isMicrophoneLost = false;
    this.level = -Infinity;
  }

  private letAllGo(): void {
    this.closeMicrophone();
    this.link?.close();
    this.voice?.close();
    this.asleep?.();
    clearInterval(this.ticker);
    [this.link, this.voice, this.granted, this.asleep, this.ticker] = [undefined, undefined, undefined, undefined, undefined];
  }
}

function buzz(): void {
  // Absent on desktops and iPhones.
  if (typeof navigator.vibrate === 'function') navigator.vibrate(BUZZ);
}
