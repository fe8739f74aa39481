import type { Envelope } from '#libs/envelope';

/** Outbox topic: officers closed an area; its terminals must know at once. */
export const ISOLATE_PLACED = 'isolate-placed';
export interface IsolatePlaced {
  readonly isolate: Envelope;
}

/** Outbox topic: what may sound somewhere was narrowed; its terminals must know at once. */
export const RESTRICTION_PLACED = 'restriction-placed';
export interface RestrictionPlaced {
  readonly restriction: Envelope;
}
