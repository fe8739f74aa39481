import type { Timer } from '../clock';
import type { Disk, Shelf } from '../hardware/disk';
import type { CardJob, SoundCard } from '../hardware/sound-card';
import type { MediaSource } from '../media/media-source';
import type { Connection, Link } from '../uplink/link';
import type { TrueTime } from './true-time';

const NEVER: Promise<never> = new Promise(() => undefined);

/**
 * The mains switch of one simulated unit: everything the agent holds goes through it, and when it is cut nothing of the
 * agent goes on: timers, writes, frames and sound end in the middle, nobody is told.
 */
export class Power {
  private isOn = true;
  private cutBeforeSound = false;
  private readonly connections = new Set<Connection>();
  private readonly timers = new Set<Timer>();
  private card: SoundCard | undefined;

  constructor(private readonly onCut: () => void) {}

  get on(): boolean {
    return this.isOn;
  }

  cut(): void {
    if (!this.isOn) return;
    this.isOn = false;
    this.card?.silence(0);
    for (const connection of this.connections) connection.close();
    for (const timer of this.timers) timer.cancel();
    this.timers.clear();
    this.onCut();
  }

  /** Cuts at the next moment between the floor on the disk and the first sample. */
  cutAfterFloor(): void {
    this.cutBeforeSound = true;
  }

  time(truth: TrueTime): TrueTime {
    return {
      now: () => truth.now(),
      setTimer: (delayMs, then) => {
        const timer = truth.setTimer(delayMs, () => {
          this.timers.delete(timer);
          if (this.isOn) then();
        });
        this.timers.add(timer);
        return {
          cancel: () => {
            this.timers.delete(timer);
            timer.cancel();
          },
        };
      },
    };
  }

  disk(disk: Disk): Disk {
    return {
      read: (name) => this.while(disk.read(name)),
      writeDurably: (name, bytes) => (this.isOn ? this.while(disk.writeDurably(name, bytes)) : NEVER),
      remove: (name) => (this.isOn ? this.while(disk.remove(name)) : NEVER),
      freeMiB: () => disk.freeMiB(),
    };
  }

  shelf(shelf: Shelf): Shelf {
    return {
      get: (sha256) => this.while(shelf.get(sha256)),
      put: (sha256, bytes) => (this.isOn ? this.while(shelf.put(sha256, bytes)) : NEVER),
      remove: (sha256) => (this.isOn ? this.while(shelf.remove(sha256)) : NEVER),
    };
  }

  media(source: MediaSource): MediaSource {
    return { fetch: (request) => (this.isOn ? this.while(source.fetch(request)) : NEVER) };
  }

  link(link: Link): Link {
    return {
      connect: ({ isRevoked, onFrame, onBlock, onClose }) => {
        const connection = link.connect({
          isRevoked: (chain) => !this.isOn || isRevoked(chain),
          onFrame: (text) => { if (this.isOn) onFrame(text); },
          onBlock: (bytes) => { if (this.isOn) onBlock(bytes); },
          onClose: (reason) => {
            this.connections.delete(connection);
            if (this.isOn) onClose(reason);
          },
        });
        this.connections.add(connection);
        return connection;
      },
    };
  }

  sound(card: SoundCard): SoundCard {
    this.card = card;
    return {
      frameNow: () => card.frameNow(),
      silence: (fadeMs) => card.silence(fadeMs),
      schedule: (job: CardJob) => {
        if (this.cutBeforeSound) this.cut();
        return this.isOn ? card.schedule(job) : { cancel: () => undefined };
      },
    };
  }

  private while<T>(outcome: Promise<T>): Promise<T> {
    return outcome.then((value) => (this.isOn ? value : NEVER), (error: unknown) => (this.isOn ? Promise.reject(error) : NEVER));
  }
}
