import type { Envelope } from '#libs/envelope';

/** Outbox topic: officers closed an area; its terminals must know at once. */
export const ISOLATE_PLACED = 'isolate-placed';
export interface IsolatePlaced {
  readonly isolate: Envelope;
}
