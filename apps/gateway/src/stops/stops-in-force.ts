import type { EnvelopeShape } from '#libs/contracts';
import type { Log } from '../log';
import { GATEWAY_LIMITS } from '../limits';
import { textFrame, type WireFrame } from '../socket/wire-frame';

interface Held {
  readonly frame: WireFrame;
  /** Unix ms until which terminals must be told of it. */
  readonly notAfter: number;
}

/**
 * Stops that have not expired, as finished frames, each once. The gateway does not judge them: a stop that nobody may
 * give is refused by every terminal, and one that is withheld here would be the graver fault.
 */
export class StopsInForce {
  /** By the envelope's payload: the same stop may come from the socket and from its file. */
  private readonly stops = new Map<string, Held>();

  constructor(private readonly log: Log, private readonly now: () => number, private readonly max: number = GATEWAY_LIMITS.stopsInForce) {}

  get size(): number {
    return this.stops.size;
  }

  /** Keeps a stop; its frame when it is new and in force, undefined when it is known or expired. */
  add(stop: EnvelopeShape, notAfter: number): WireFrame | undefined {
    if (notAfter <= this.now() || this.stops.has(stop.payload)) return undefined;
    if (this.stops.size >= this.max) this.dropFirstToExpire();
    const frame = textFrame({ kind: 'stop', stop });
    this.stops.set(stop.payload, { frame, notAfter });
    return frame;
  }

  frames(): readonly WireFrame[] {
    this.sweep();
    return [...this.stops.values()].map(({ frame }) => frame);
  }

  sweep(): void {
    const now = this.now();
    for (const [payload, { notAfter }] of this.stops) {
      if (notAfter <= now) this.stops.delete(payload);
    }
  }

  private dropFirstToExpire(): void {
    let first: string | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const [payload, { notAfter }] of this.stops) {
      if (notAfter < least) [first, least] = [payload, notAfter];
    }
    if (first !== undefined) this.stops.delete(first);
    this.log.error({ code: 'STOPS_FULL', max: this.max }, 'too many stops in force; the one that ends first is left to the exchange');
  }
}
