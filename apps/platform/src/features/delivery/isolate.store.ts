import type { Digest, Isolate } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import type { Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import type { Recorded } from './recorded';

export interface IsolateStore {
  /** `known` when these very bytes are recorded already, `taken` when others of its platform have its id. */
  insert(scope: Scope, tx: Tx, record: { readonly isolate: Isolate; readonly digest: Digest; readonly envelope: Envelope }, at: number): Promise<Recorded>;
  /** Those that have not ended, as they were signed; newest first. */
  inForce(scope: Scope, now: number): Promise<readonly Envelope[]>;
}
export const ISOLATE_STORE = Symbol('ISOLATE_STORE');
