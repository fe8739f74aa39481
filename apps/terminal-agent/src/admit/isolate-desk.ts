import type { EnvelopeShape } from '#libs/contracts';
import { silencedByIsolation } from '#libs/domain';
import { isolationOf, verifyIsolate } from '#libs/trust';
import type { PlacedOrder } from '../playout/placed-order';
import type { Journal } from './journal';
import { NarrowingEnvelopes } from './narrowing-envelopes';
import type { Refusals } from './refusals';
import type { Standing } from './standing';

export interface IsolateEvents {
  /** Silence now what is shut out; the disk comes after. `envelope` is the isolate, for the event that tells of it. */
  onIsolated(shutsOut: (order: PlacedOrder) => boolean, envelope: EnvelopeShape): void;
}

/**
 * Verifies isolates and remembers them until they end by themselves. One for a place where this terminal does not stand
 * means nothing here.
 *
 * While the time is unknown nobody can tell whether a new isolate is an old one sent again, so it waits; one that was
 * taken before goes on, because nothing may sound then anyway and, in doubt, shut stays shut. Both are settled by the
 * first beacon that counts.
 */
export class IsolateDesk {
  private readonly narrowing: NarrowingEnvelopes;

  constructor(
    standing: Standing, private readonly journal: Journal, refusals: Refusals,
    private readonly now: () => number | null, private readonly events: IsolateEvents,
  ) {
    this.narrowing = new NarrowingEnvelopes(standing, refusals, now);
  }

  receive(envelope: EnvelopeShape): void {
    const verified = this.narrowing.verified(envelope, verifyIsolate);
    if (verified === undefined) return;
    const { areas, now } = verified;
    const isolation = isolationOf(verified.value);
    if (!areas.some(({ id }) => id === isolation.area)) return;
    if (!this.journal.addIsolation(isolation, verified.value.digest)) return;
    this.events.onIsolated(({ message, tier }) => silencedByIsolation({ class: message.class, mode: message.mode, tier }, isolation, areas, now), envelope);
  }

  /** Documents, a place or the time may make a waiting isolate count. */
  review(): void {
    for (const entry of this.narrowing.take()) this.receive(entry);
  }

  /** Until when upper tiers are shut out here, for health; null when they are not. */
  until(): number | null {
    const now = this.now();
    const ends = this.journal.isolations.map(({ notAfter }) => notAfter).filter((end) => now === null || end > now);
    return ends.length === 0 ? null : Math.max(...ends);
  }
}
