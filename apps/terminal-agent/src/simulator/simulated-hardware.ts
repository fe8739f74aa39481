import { DiskError, type Disk, type Shelf } from '../hardware/disk';
import type { CardJob, SoundCard } from '../hardware/sound-card';
import type { Unit } from '../hardware/unit';

/** What can be wrong with a simulated box, and how its switches stand. */
export interface HardwareState {
  readonly muted: boolean;
  readonly volumePermille: number;
  readonly amplifier: 'ok' | 'dead';
  /** Open: the cable to the horn is cut; the amplifier works into nothing. */
  readonly horn: 'ok' | 'open';
  readonly disk: 'ok' | 'full';
  readonly battery: boolean;
  /** Whether a battery keeps the clock; read at the next boot. */
  readonly clock: 'battery' | 'none';
  /** Whether something else sounds behind the card: an attacker at the amplifier. */
  readonly intruder: 'silent' | 'sounding';
}

const SOUND: HardwareState = { muted: false, volumePermille: 1000, amplifier: 'ok', horn: 'ok', disk: 'ok', battery: false, clock: 'battery', intruder: 'silent' };
/** What the loopback hears of silence, hundredths of a dBFS. */
const NOISE_CENTI_DBFS = -9_000;
/** What it hears when nobody decoded what was played: some sound of no known level. */
const SOME_SOUND_CENTI_DBFS = -2_000;

/**
 * The box around the card: switches, amplifier, horn and sensors. It outlives the agent's boots. Switch and knob act by
 * the gain that the agent asks of the card, as on the real box; a dead amplifier or an open horn is beyond its reach.
 */
export class SimulatedHardware {
  private now: HardwareState;
  private putOut: number | null = null;

  constructor(state: Partial<HardwareState> = {}) {
    this.now = { ...SOUND, ...state };
  }

  get state(): HardwareState {
    return this.now;
  }

  set(change: Partial<HardwareState>): void {
    this.now = { ...this.now, ...change };
  }

  unit(): Unit {
    return {
      batteryClock: this.now.clock === 'battery',
      supply: () => (this.now.battery ? 'battery' : 'mains'),
      muted: () => this.now.muted,
      volumePermille: () => this.now.volumePermille,
      amplifier: () => undefined,
      hearsNow: () => (this.now.intruder === 'sounding' ? SOME_SOUND_CENTI_DBFS : NOISE_CENTI_DBFS),
      sensed: () => {
        const { amplifier, horn } = this.now;
        const hears = amplifier === 'ok' && horn === 'ok';
        return { drewCurrent: amplifier === 'ok', loopbackCentiDbfs: hears ? (this.putOut ?? SOME_SOUND_CENTI_DBFS) : NOISE_CENTI_DBFS };
      },
    };
  }

  /** The card with the loopback behind it. */
  card(card: SoundCard): SoundCard {
    return {
      frameNow: () => card.frameNow(),
      silence: (fadeMs) => card.silence(fadeMs),
      schedule: (job: CardJob) => card.schedule({
        ...job,
        onFirstSample: (frame) => job.onFirstSample(frame),
        onEnd: (end) => {
          this.putOut = end.levelCentiDbfs;
          job.onEnd(end);
        },
      }),
    };
  }

  disk(disk: Disk): Disk {
    return {
      read: (name) => disk.read(name),
      writeDurably: (name, bytes) => (this.now.disk === 'ok' ? disk.writeDurably(name, bytes) : Promise.reject(full(name))),
      remove: (name) => disk.remove(name),
      freeMiB: () => (this.now.disk === 'ok' ? disk.freeMiB() : 0),
    };
  }

  shelf(shelf: Shelf): Shelf {
    return {
      get: (sha256) => shelf.get(sha256),
      put: (sha256, bytes) => (this.now.disk === 'ok' ? shelf.put(sha256, bytes) : Promise.reject(full(sha256))),
      remove: (sha256) => shelf.remove(sha256),
    };
  }
}

function full(name: string): DiskError {
  return new DiskError(name, new Error('no space left on device'));
}
