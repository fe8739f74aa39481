import type { PlayerEvents, PlayerProcess, StartPlayer } from '../../../apps/terminal-agent/src/hardware/player-process';
import type { Timer } from '../../../apps/terminal-agent/src/clock';

const PERIOD = 960;
const BUFFER = 3_840;

export interface FakeDeviceSettings {
  /** How fast its crystal runs. */
  readonly ppm?: number;
  /** From the start of the player until the device is open. */
  readonly openMs?: number;
  /** From the first period that it takes until it really begins to sound, as a sound server does. */
  readonly stallMs?: number;
  /** Takes whatever comes at once, as ALSA's null device does. */
  readonly unclocked?: boolean;
}

/** Time that a test moves, for parts that wait for timers only and never for promises: hours of it cost nothing. */
export class SteppedTime {
  private at = 0;
  private made = 0;
  private waiting: { readonly at: number; readonly order: number; readonly then: () => void }[] = [];

  now(): number {
    return this.at;
  }

  setTimer(delayMs: number, then: () => void): Timer {
    const timer = { at: this.at + Math.max(0, delayMs), order: this.made++, then };
    this.waiting.push(timer);
    return { cancel: () => { this.waiting = this.waiting.filter((other) => other !== timer); } };
  }

  move(ms: number): void {
    const until = this.at + ms;
    for (;;) {
      const next = this.waiting.reduce<(typeof this.waiting)[number] | undefined>((best, one) => (best === undefined || one.at < best.at || (one.at === best.at && one.order < best.order) ? one : best), undefined);
      if (next === undefined || next.at > until) break;
      this.waiting = this.waiting.filter((other) => other !== next);
      this.at = Math.max(this.at, next.at);
      next.then();
    }
    this.at = until;
  }
}

/** A player with a device behind it, as aplay and ALSA behave: it takes a period when there is room and tells of it. */
export class FakeDevice {
  /** Every sample that sounded, with the time at which it did. */
  readonly heard: { readonly at: number; readonly sample: number }[] = [];
  starts = 0;
  private pipe: number[] = [];
  private ring: number[] = [];
  private events: PlayerEvents | undefined;
  private playedTo: number | undefined;
  hung = false;
  /** Set to make the next starts fail. */
  broken = false;

  constructor(private readonly time: SteppedTime, private readonly settings: FakeDeviceSettings = {}) {}

  readonly start: StartPlayer = (events): PlayerProcess => {
    this.starts += 1;
    this.events = events;
    this.pipe = [];
    this.ring = [];
    this.playedTo = undefined;
    if (this.broken) this.time.setTimer(20, () => this.die());
    else this.time.setTimer(this.settings.openMs ?? 50, () => { events.onBuffer({ bufferFrames: BUFFER, periodFrames: PERIOD }); this.run(events); });
    return {
      write: (pcm) => { const view = new DataView(pcm.buffer, pcm.byteOffset, pcm.length); for (let at = 0; at < pcm.length; at += 2) this.pipe.push(view.getInt16(at, true)); },
      waitingBytes: () => (this.hung ? Math.max(0, this.pipe.length * 2 - 65_536) : 0),
      kill: () => this.die(),
    };
  };

  /** The player ends by itself, or is killed: what was in the device is never heard. */
  die(): void {
    const { events } = this;
    this.events = undefined;
    events?.onGone('fake: gone');
  }

  /** The first sample that is not silent. */
  firstSound(after = 0): { readonly at: number; readonly sample: number } | undefined {
    return this.heard.find(({ at, sample }) => at >= after && sample !== 0);
  }

  /** The largest step from one sample that sounded to the next: what is heard as a click. */
  largestStep(): number {
    return this.heard.reduce((most, { sample }, at) => Math.max(most, Math.abs(sample - (this.heard[at - 1]?.sample ?? 0))), 0);
  }

  lastSound(): number {
    return this.heard.findLast(({ sample }) => sample !== 0)?.at ?? 0;
  }

  private run(events: PlayerEvents): void {
    if (this.events !== events) return;
    if (!this.hung) {
      this.play();
      while (this.pipe.length >= PERIOD && (this.settings.unclocked === true || this.ring.length + PERIOD <= BUFFER)) {
        this.ring.push(...this.pipe.splice(0, PERIOD));
        this.playedTo ??= this.time.now() + (this.settings.stallMs ?? 0);
        events.onTook();
      }
    }
    this.time.setTimer(0.5, () => this.run(events));
  }

  private play(): void {
    if (this.playedTo === undefined) return;
    const perMs = 48 * (1 + (this.settings.ppm ?? 0) / 1_000_000);
    const due = Math.max(0, Math.floor((this.time.now() - this.playedTo) * perMs));
    const count = Math.min(due, this.ring.length);
    for (const [index, sample] of this.ring.splice(0, count).entries()) this.heard.push({ at: this.playedTo + index / perMs, sample });
    if (count < due) {
      this.playedTo = undefined;
      this.events?.onRanDry();
    } else this.playedTo += count / perMs;
  }
}
