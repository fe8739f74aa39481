import type { ServerTime } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';

/** The wall clock may leave the time since the machine started by this much between two looks, and lie before the last kept time by as much. */
const STEP_MS = 5_000;
const KEEP_EVERY_MS = 60_000;

export type ClockFault = NonNullable<ServerTime['fault']>;

/** The last wall time that this server believed in, kept over a restart and apart from the database, which a wrong clock writes into as well. */
export interface KeptTime {
  /** Unix ms; undefined before the first, or when it cannot be read. */
  read(): number | undefined;
  write(at: number): void;
}

/**
 * Whether this server's wall clock may be told to terminals as the district's time: they follow a signed beacon, so one
 * told from a clock that was set wrong would mute them all. While in doubt nothing is signed; it ends by itself when the
 * clock is right again, or when a person confirms the time. Unix ms.
 */
export class ClockWatch {
  private anchor: { readonly wallMs: number; readonly bootMs: number } | undefined;
  private fault: ClockFault | null = null;
  private keptAt = -Infinity;

  /** `longestOffMs`: a server that was off for longer has its clock confirmed by a person. */
  constructor(
    private readonly clock: Pick<Clock, 'now' | 'bootMs'>, private readonly kept: KeptTime, private readonly longestOffMs: number,
    private readonly onFault: (fault: ClockFault) => void,
  ) {}

  /** Null: the clock is believed. `onFault` is told once of each doubt. */
  check(): ClockFault | null {
    const [wallMs, bootMs] = [Math.trunc(this.clock.now()), this.clock.bootMs()];
    const byMs = Math.round(this.anchor === undefined ? this.sinceKept(wallMs) : wallMs - this.anchor.wallMs - (bootMs - this.anchor.bootMs));
    if (Math.abs(byMs) <= STEP_MS) {
      this.believe(wallMs, bootMs);
      return null;
    }
    const before = this.fault;
    this.fault = { kind: this.anchor === undefined ? 'since-start' : 'stepped', byMs, since: before?.since ?? wallMs };
    if (before === null) this.onFault(this.fault);
    return this.fault;
  }

  /** A person says that the clock is right as it is now. */
  confirm(): void {
    this.keptAt = -Infinity;
    this.believe(Math.trunc(this.clock.now()), this.clock.bootMs());
  }

  private believe(wallMs: number, bootMs: number): void {
    this.anchor = { wallMs, bootMs };
    this.fault = null;
    if (bootMs - this.keptAt < KEEP_EVERY_MS) return;
    this.keptAt = bootMs;
    this.kept.write(wallMs);
  }

  /** How implausible a wall clock is at the start: before the kept time, or further after it than a server is ever off. */
  private sinceKept(wallMs: number): number {
    const keptMs = this.kept.read();
    if (keptMs === undefined) return 0;
    return wallMs < keptMs || wallMs > keptMs + this.longestOffMs ? wallMs - keptMs : 0;
  }
}
