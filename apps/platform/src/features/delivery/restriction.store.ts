import type { Digest, RestrictionPayload } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import type { Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import type { Recorded } from './recorded';

export interface RestrictionStore {
  /** `known` when these very bytes are recorded already, `taken` when others of its platform have its id. */
  insert(scope: Scope, tx: Tx, record: { readonly restriction: RestrictionPayload; readonly digest: Digest; readonly envelope: Envelope }, at: number): Promise<Recorded>;
  /** Those that have not ended, those that have not begun among them, as they were signed; newest first. */
  notOver(scope: Scope, now: number, tx?: Tx): Promise<readonly Envelope[]>;
}
export const RESTRICTION_STORE = Symbol('RESTRICTION_STORE');
