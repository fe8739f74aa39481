import type { PlatformId } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import type { Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';

export type DocumentWord = 'root' | 'charter' | 'roster' | 'revocation';

export interface AcceptedDocument {
  readonly word: DocumentWord;
  readonly platform: PlatformId;
  readonly version: number;
  /** SHA-256 (hex) of the payload. */
  readonly digest: string;
  readonly envelope: Envelope;
  readonly acceptedAt: number;
  /** Account, or `bootstrap`. */
  readonly acceptedBy: string;
}
export interface StoredDocument {
  /** Rises with every accepted document, in the order of acceptance. */
  readonly place: number;
  readonly envelope: unknown;
  readonly acceptedAt: number;
}

/** The accepted documents, the epochs, passkeys' counters and the map. */
export interface AuthorityStore {
  /** Serialises everyone who wants to add documents, until the transaction ends. */
  lockDocuments(scope: Scope, tx: Tx): Promise<void>;
  documentsAfter(scope: Scope, place: number, tx?: Tx): Promise<readonly StoredDocument[]>;
  addDocuments(scope: Scope, tx: Tx, documents: readonly AcceptedDocument[]): Promise<void>;
  /** The newest version of each document, by `<word> <platform>`. */
  versions(scope: Scope, tx: Tx): Promise<ReadonlyMap<string, number>>;
  /** Documents accepted after that place, in order, with what they are. */
  acceptedAfter(scope: Scope, place: number): Promise<readonly (StoredDocument & Pick<AcceptedDocument, 'word' | 'platform' | 'version'>)[]>;
  /** Gives platforms without an epoch this one. */
  startEpochs(scope: Scope, tx: Tx, platforms: readonly PlatformId[], epoch: number): Promise<void>;
  /** Every platform's epoch to at least this one, and above its own; the highest of them. */
  raiseEpochs(scope: Scope, tx: Tx, least: number): Promise<number>;
  epochs(scope: Scope, tx?: Tx): Promise<ReadonlyMap<PlatformId, number>>;
  /** False, and nothing changed, unless `counter` is above the last one kept or both are 0. */
  raiseCounter(scope: Scope, tx: Tx, keyId: string, counter: number, at: number): Promise<boolean>;
  keepMap(scope: Scope, tx: Tx, drawing: string): Promise<void>;
  map(scope: Scope): Promise<unknown>;
}
