import type { Clock, Timer } from '../clock';
import { DeviceClock, type DeviceBuffer } from './device-clock';
import { JobLine } from './job-line';
import type { PlayerProcess, StartPlayer } from './player-process';
import { FRAMES_PER_MS, type CardEnd, type CardJob, type CardTicket, type SoundCard } from './sound-card';

export interface PipeCardPorts {
  readonly clock: Clock;
  readonly start: StartPlayer;
  /** The player tells of every period (aplay). */
  readonly reports: boolean;
  /** From the player's start to its first sample, where it does not tell. */
  readonly startMs: number;
  /** A player died or hangs; what it had to sound has failed. */
  onFault(words: string): void;
}

/** So far ahead of the device samples are rendered: more than its buffer and a hiccup of this process, less than a stop may last. */
export const AHEAD_MS = 160;
/** The same of a living voice: what comes later than this cannot sound any more. The device's buffer and a tick. */
export const LIVE_AHEAD_MS = 120;
/** Silence that a player gets to begin with: two periods. */
const FIRST_MS = 40;
const TICK_MS = 20;
const IDLE_MS = 5_000;
const START_MS = 5_000;
const HUNG_MS = 1_500;
/** A tick this late: this process did not run. */
const SLEPT_MS = 200;
const HUNG_BYTES = 96_000;
/** A job that a dead device keeps from beginning fails after this. */
const LATE_MS = 1_000;
const RETRY_MS = 250;
const LONGEST_RETRY_MS = 4_000;
const BYTES_PER_FRAME = 2;

interface Running {
  readonly process: PlayerProcess;
  readonly startedAt: number;
  device: DeviceClock | undefined;
  /** The card's frame at which its first sample lies; known once the device runs. */
  base: number | undefined;
  /** Frames given to it. */
  written: number;
  /** When it was last seen to take something. */
  tookAt: number;
}

/**
 * The loudspeaker of a real machine: a supervised child plays what is piped into it. It is started when a job comes (two
 * seconds ahead) and ended when nothing followed for a while, so that no crystal drifts for days. What it was to sound
 * when it died has failed, and is never told as sounded.
 */
export class PipeCard implements SoundCard {
  private readonly line = new JobLine();
  private readonly began: number;
  private running: Running | undefined;
  private timer: Timer | undefined;
  /** From the unit's clock to the card's, frames. */
  private shift = 0;
  private idleSince: number | undefined;
  private tickedAt = 0;
  private retryAt = 0;
  private retryMs = RETRY_MS;

  constructor(private readonly ports: PipeCardPorts) {
    this.began = ports.clock.monotonicMs();
  }

  frameNow(): number {
    const { running } = this;
    const at = this.ports.clock.monotonicMs();
    const frame = running?.device?.frameAt(at);
    return running?.base === undefined || frame === undefined ? (at - this.began) * FRAMES_PER_MS + this.shift : running.base + frame;
  }

  schedule(card: CardJob): CardTicket {
    const job = this.line.add(card);
    this.tick();
    return { cancel: (fadeMs) => { this.end(() => this.line.cancel(job, Math.round(fadeMs * FRAMES_PER_MS))); } };
  }

  silence(fadeMs: number): void {
    this.end(() => this.line.silence(Math.round(fadeMs * FRAMES_PER_MS)));
  }

  /** Lets the player go, with what lies in its buffer. */
  close(): void {
    this.timer?.cancel();
    this.timer = undefined;
    const { running } = this;
    this.running = undefined;
    running?.process.kill();
  }

  private end(how: () => void): void {
    how();
    this.tick();
  }

  private tick(): void {
    this.timer?.cancel();
    this.timer = undefined;
    const at = this.ports.clock.monotonicMs();
    if (this.running === undefined) this.withoutPlayer(at);
    else this.withPlayer(this.running, at);
    if (this.running !== undefined || !this.line.empty) this.timer = this.ports.clock.setTimer(TICK_MS, () => this.tick());
  }

  private withoutPlayer(at: number): void {
    this.line.loseLate(this.frameNow() - LATE_MS * FRAMES_PER_MS, failed);
    if (!this.line.empty && at >= this.retryAt) this.launch(at);
  }

  private withPlayer(running: Running, at: number): void {
    // Whoever was asleep cannot say that the device was: its reports may still be waiting to be read.
    if (at - this.tickedAt > SLEPT_MS) running.tookAt = at;
    this.tickedAt = at;
    const problem = this.problemOf(running, at);
    if (problem !== null) {
      this.gone(running, problem);
      running.process.kill();
      return;
    }
    if (!this.ports.reports && running.device === undefined && at - running.startedAt >= this.ports.startMs) this.runsFree(running, at);
    if (running.base !== undefined) {
      const now = this.frameNow();
      this.line.tell(this.soundedBy(running, now));
      this.feed(running, this.framesAhead(now));
    }
    this.idleSince = this.line.empty ? (this.idleSince ?? at) : undefined;
    if (this.idleSince !== undefined && at - this.idleSince > IDLE_MS) {
      this.keepFrame();
      this.close();
    }
  }

  private problemOf(running: Running, at: number): string | null {
    if (running.process.waitingBytes() > HUNG_BYTES) return 'the player takes no samples.';
    if (running.base === undefined) return at - running.startedAt > START_MS ? 'the player does not begin.' : null;
    return this.ports.reports && at - running.tookAt > HUNG_MS ? 'the device takes no samples.' : null;
  }

  private launch(at: number): void {
    const begun: { running?: Running } = {};
    const process = this.ports.start({
      onBuffer: (buffer) => { if (begun.running !== undefined) begun.running.device = new DeviceClock(buffer); },
      onTook: () => { if (begun.running !== undefined) this.took(begun.running); },
      onRanDry: () => begun.running?.device?.ranDry(),
      onGone: (words) => { if (begun.running !== undefined) this.gone(begun.running, words); },
    });
    const running: Running = { process, startedAt: at, device: undefined, base: undefined, written: 0, tookAt: at };
    begun.running = running;
    this.running = running;
    this.idleSince = undefined;
    this.give(running, new Uint8Array(FIRST_MS * FRAMES_PER_MS * BYTES_PER_FRAME));
  }

  private took(running: Running): void {
    if (this.running !== running || running.device === undefined) return;
    const at = this.ports.clock.monotonicMs();
    const frame = this.frameNow();
    running.device.took(at);
    running.tookAt = at;
    if (running.base === undefined) this.begins(running, at, frame);
    // A device may open at once and begin late: while nothing sounds the card's clock runs on and the device is placed anew on it.
    else if (this.line.silent) this.place(running, at, frame);
  }

  private runsFree(running: Running, at: number): void {
    running.device = new DeviceClock(NO_BUFFER);
    running.device.began(at);
    this.begins(running, at, this.frameNow());
  }

  /** The device began: from now on the card goes by it. */
  private begins(running: Running, at: number, frame: number): void {
    this.place(running, at, frame);
    this.retryMs = RETRY_MS;
    this.feed(running, this.framesAhead(this.frameNow()));
  }

  /** `frame` of the card sounds now on the device. */
  private place(running: Running, at: number, frame: number): void {
    running.base = Math.round(frame - (running.device?.frameAt(at) ?? 0));
    this.line.moveTo(running.base + running.written);
  }

  private framesAhead(now: number): number {
    return Math.ceil(now + (this.line.live ? LIVE_AHEAD_MS : AHEAD_MS) * FRAMES_PER_MS) - this.line.nextFrame;
  }

  private feed(running: Running, frames: number): void {
    if (frames > 0) this.give(running, this.line.render(frames));
  }

  private give(running: Running, pcm: Uint8Array): void {
    running.written += pcm.length / BYTES_PER_FRAME;
    running.process.write(pcm);
  }

  private gone(running: Running, words: string): void {
    if (this.running !== running) return;
    const frame = Math.floor(this.soundedBy(running, this.frameNow()));
    this.keepFrame();
    this.running = undefined;
    this.retryAt = this.ports.clock.monotonicMs() + this.retryMs;
    this.retryMs = Math.min(LONGEST_RETRY_MS, this.retryMs * 2);
    this.ports.onFault(words);
    this.line.lose(frame, failed);
    this.tick();
  }

  /** A device that hangs has sounded no more than it took, whatever the clock says. */
  private soundedBy({ device, base }: Running, frame: number): number {
    return device === undefined || base === undefined ? frame : Math.min(frame, base + device.reach);
  }

  /** The card's clock goes on from where the device left it. */
  private keepFrame(): void {
    const frame = this.frameNow();
    this.shift += frame - ((this.ports.clock.monotonicMs() - this.began) * FRAMES_PER_MS + this.shift);
  }
}

const NO_BUFFER: DeviceBuffer = { bufferFrames: 0, periodFrames: 0 };

/** What a device that died leaves: neither digest nor level, so nothing that could be taken for a proof. */
function failed(frame: number): CardEnd {
  return { frame, how: 'failed', digest: null, levelCentiDbfs: null };
}
