import type { DrillView, PersonId } from '#libs/contracts';
import type { Tx } from '../../../kernel/database';
import type { Scope } from '../../../kernel/scope';

export interface DrillStore {
  add(scope: Scope, tx: Tx, drill: DrillView): Promise<void>;
  find(scope: Scope, id: string): Promise<DrillView | undefined>;
  /** Newest first. */
  list(scope: Scope, count: number): Promise<readonly DrillView[]>;
  /** Those that are not over and not cancelled and open before `until`, the next first. */
  ahead(scope: Scope, now: number, until: number): Promise<readonly DrillView[]>;
  /** Keeps it from being cancelled until the transaction ends; false when it was cancelled before. */
  hold(scope: Scope, tx: Tx, id: string): Promise<boolean>;
  /** False when it was cancelled before. */
  cancel(scope: Scope, tx: Tx, id: string, by: PersonId, at: number): Promise<boolean>;
}
export const DRILL_STORE = Symbol('DRILL_STORE');
