import type { Digest, MessageId, PersonId, PlatformId } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import type { Tx } from '../../../kernel/database';
import type { Scope } from '../../../kernel/scope';

/** A permit as it lies in the database; the envelope is the truth. */
export interface PermitRecord {
  readonly digest: Digest;
  readonly platform: PlatformId;
  readonly envelope: Envelope;
  readonly withdrawn: { readonly by: PersonId; readonly at: number } | null;
}

export interface PermitStore {
  /** Newest first. */
  list(scope: Scope, count: number): Promise<readonly PermitRecord[]>;
  find(scope: Scope, digest: Digest, tx?: Tx): Promise<PermitRecord | undefined>;
  /** Locks the row until the transaction ends: who signs, withdraws or uses it does so alone. */
  lock(scope: Scope, tx: Tx, digest: Digest): Promise<PermitRecord | undefined>;
  /** False when it is there already. */
  insert(scope: Scope, tx: Tx, permit: Omit<PermitRecord, 'withdrawn'>, at: number): Promise<boolean>;
  sign(scope: Scope, tx: Tx, digest: Digest, envelope: Envelope): Promise<void>;
  withdraw(scope: Scope, tx: Tx, digest: Digest, by: PersonId, at: number): Promise<void>;
  use(scope: Scope, tx: Tx, use: { readonly message: MessageId; readonly permit: Digest; readonly beginsAt: number }): Promise<void>;
  /** When the messages under it begin that begin at or after this time. Unix ms. */
  usesSince(scope: Scope, digest: Digest, since: number, tx?: Tx): Promise<readonly number[]>;
}
export const PERMIT_STORE = Symbol('PERMIT_STORE');
