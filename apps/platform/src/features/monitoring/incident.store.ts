import type { IncidentId, IncidentView, PlatformId } from '#libs/contracts';
import type { Cause, IncidentTrace } from '#libs/domain';
import type { Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';

/** An incident as it stands, with what only the server needs of it. */
export interface IncidentRecord extends IncidentTrace, Cause {
  readonly id: IncidentId;
  readonly platform: PlatformId;
  readonly state: IncidentView['state'];
  readonly postureUntil: number | null;
  /** The batch of events that was counted last. */
  readonly lastBatch: string;
}

export interface IncidentFilter {
  /** Closed ones as well. */
  readonly all: boolean;
  readonly count: number;
}

export interface IncidentStore {
  /** Only one at a time gathers events, whichever server it runs on. */
  lockGathering(scope: Scope, tx: Tx): Promise<void>;
  /** The newest incident of this cause that is not closed. */
  newest(scope: Scope, tx: Tx, platform: PlatformId, cause: Pick<Cause, 'kind' | 'cause'>): Promise<IncidentRecord | undefined>;
  insert(scope: Scope, tx: Tx, incident: IncidentRecord): Promise<void>;
  update(scope: Scope, tx: Tx, incident: IncidentRecord): Promise<void>;
  /** Newest first. */
  list(scope: Scope, filter: IncidentFilter): Promise<readonly IncidentView[]>;
  lock(scope: Scope, tx: Tx, id: string): Promise<IncidentView | undefined>;
  handle(scope: Scope, tx: Tx, handled: Pick<IncidentView, 'id' | 'state' | 'handledBy' | 'handledAt' | 'note'>): Promise<void>;
}
export const INCIDENT_STORE = Symbol('INCIDENT_STORE');
