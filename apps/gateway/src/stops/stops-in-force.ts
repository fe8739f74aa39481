import type { EnvelopeShape } from '#libs/contracts';
import type { Log } from '../log';
import { GATEWAY_LIMITS } from '../limits';
import { textFrame, type WireFrame } from '../socket/wire-frame';
import { generalOf, type GeneralStop } from './general-stop';

interface Held {
  readonly frame: WireFrame;
  /** Unix ms until which terminals must be told of it. */
  readonly notAfter: number;
  readonly general: GeneralStop | null;
}

/**
 * Stops that have not expired, as finished frames, each once. The gateway does not judge them: a stop that nobody may
 * give is refused by every terminal, and one that is withheld here would be the graver fault. Bounded in number and
 * bytes, because all of them are told to everybody who comes; what is left out here the exchange still brings.
 */
export class StopsInForce {
  /** By the envelope's payload: the same stop may come from the socket and from its file. */
  private readonly stops = new Map<string, Held>();
  private bytes = 0;

  constructor(
    private readonly log: Log, private readonly now: () => number,
    private readonly max: number = GATEWAY_LIMITS.stopsInForce, private readonly maxBytes: number = GATEWAY_LIMITS.stopsInForceBytes,
  ) {}

  get size(): number {
    return this.stops.size;
  }

  /** Keeps a stop; its frame when it is new and in force, undefined when it is known or expired. */
  add(stop: EnvelopeShape, notAfter: number): WireFrame | undefined {
    if (notAfter <= this.now() || this.stops.has(stop.payload)) return undefined;
    const frame = textFrame({ kind: 'stop', stop });
    this.stops.set(stop.payload, { frame, notAfter, general: generalOf(stop) });
    this.bytes += frame.bytes.length;
    if (this.isFull()) this.makeRoom();
    return frame;
  }

  /** Those of everything first: they reach furthest, and a slow terminal is long about the rest. */
  frames(): readonly WireFrame[] {
    this.sweep();
    const held = [...this.stops.values()];
    return [...held.filter(({ general }) => general !== null), ...held.filter(({ general }) => general === null)].map(({ frame }) => frame);
  }

  sweep(): void {
    const now = this.now();
    for (const [payload, { notAfter }] of this.stops) {
      if (notAfter <= now) this.drop(payload);
    }
  }

  private isFull(): boolean {
    return this.stops.size > this.max || this.bytes > this.maxBytes;
  }

  private makeRoom(): void {
    this.log.error({ code: 'STOPS_FULL', max: this.max, maxBytes: this.maxBytes }, 'too many stops in force; what matters least here is left to the exchange');
    while (this.isFull()) {
      const least = this.leastMissed();
      if (least === undefined) return;
      this.drop(least);
    }
  }

  /** A stop of everything that a later one covers, then the single one that ends first, then the general one that ends first. */
  private leastMissed(): string | undefined {
    const latest = new Map<string, number>();
    for (const { general } of this.stops.values()) {
      if (general !== null) latest.set(general.place, Math.max(general.issuedAt, latest.get(general.place) ?? -Infinity));
    }
    const ranked = [...this.stops].map(([payload, { general, notAfter }]) => {
      const isCovered = general !== null && general.issuedAt < (latest.get(general.place) ?? -Infinity);
      return { payload, notAfter, rank: isCovered ? 0 : general === null ? 1 : 2 };
    });
    return ranked.sort((a, b) => a.rank - b.rank || a.notAfter - b.notAfter)[0]?.payload;
  }

  private drop(payload: string): void {
    this.bytes -= this.stops.get(payload)?.frame.bytes.length ?? 0;
    this.stops.delete(payload);
  }
}
