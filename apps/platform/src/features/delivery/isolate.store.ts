import type { Digest, Isolate } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import type { Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';

export interface IsolateStore {
  /** False when this isolate is recorded already. */
  insert(scope: Scope, tx: Tx, record: { readonly isolate: Isolate; readonly digest: Digest; readonly envelope: Envelope }, at: number): Promise<boolean>;
  /** Those that have not ended, as they were signed; newest first. */
  inForce(scope: Scope, now: number): Promise<readonly Envelope[]>;
}
export const ISOLATE_STORE = Symbol('ISOLATE_STORE');
