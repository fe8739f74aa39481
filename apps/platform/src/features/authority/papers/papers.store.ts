import type { PlatformId } from '#libs/contracts';
import type { Tx } from '../../../kernel/database';
import type { Scope } from '../../../kernel/scope';

/** A roster that waits for signatures; it is no authority. */
export interface KeptPaper {
  /** SHA-256 of the payload. */
  readonly digest: string;
  readonly platform: PlatformId;
  readonly version: number;
  /** Digest of the roster from which its author set out. */
  readonly onto: string;
  /** Base64 of what is signed. */
  readonly payload: string;
  readonly requests: readonly string[];
  readonly draftedBy: string;
  readonly receivedAt: number;
  readonly expiresAt: number;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

export interface PapersStore {
  list(scope: Scope, now: number): Promise<readonly KeptPaper[]>;
  /** These, locked until the transaction ends; what is over or not in scope is not among them. */
  lock(scope: Scope, tx: Tx, digests: readonly string[], now: number): Promise<readonly KeptPaper[]>;
  count(scope: Scope, tx: Tx, platform: PlatformId, now: number): Promise<number>;
  /** One that is there already stays as it is. Also removes what is over. */
  add(scope: Scope, tx: Tx, paper: Omit<KeptPaper, 'signatures'>): Promise<void>;
  addSignatures(scope: Scope, tx: Tx, signatures: readonly { readonly digest: string; readonly keyid: string; readonly sig: string }[], at: number): Promise<void>;
  remove(scope: Scope, tx: Tx, digests: readonly string[]): Promise<void>;
}
export const PAPERS_STORE = Symbol('PAPERS_STORE');
