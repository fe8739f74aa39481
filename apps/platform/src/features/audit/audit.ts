import type { Head, HeadRef, PlatformId } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import type { Tx } from '../../kernel/database';

export interface SignedHead {
  readonly head: Head;
  readonly envelope: Envelope;
}

/** `LOG_CUT`: the log does not reach that far any more. `WITNESS_DIFFERS`: it has no such head at that size. */
export interface Contradiction {
  readonly witnessed: HeadRef;
  readonly code: 'LOG_CUT' | 'WITNESS_DIFFERS';
}

/** The platforms' audit logs: Merkle trees (RFC 6962) over the leaves that the features write with `kernel/leaf`. */
export abstract class AuditLog {
  /** The newest signed tree head; null before the first. */
  abstract latestHead(platform: PlatformId): Promise<SignedHead | null>;

  /** The newest signed heads of all logs here, fresh from the database. */
  abstract heads(): Promise<readonly HeadRef[]>;

  /** Of the heads that terminals were shown those that these logs never had: the database is not the one that they knew. */
  abstract contradictedBy(tx: Tx, witnessed: readonly HeadRef[]): Promise<readonly Contradiction[]>;
}
