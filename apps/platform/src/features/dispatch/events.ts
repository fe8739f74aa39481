import type { DispatchId, StopId } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';

/** Outbox topic: a dispatch was committed; terminals should have it at once. */
export const DISPATCH_PLACED = 'dispatch-placed';
export interface DispatchPlaced {
  readonly dispatchId: DispatchId;
}

/** Outbox topic: the dispatcher signed a stop in the database's own transaction; terminals must have it at once. */
export const STOP_PLACED = 'stop-placed';
export interface StopPlaced {
  readonly stopId: StopId;
  readonly stop: Envelope;
  readonly notAfter: number;
  readonly by: string;
}
