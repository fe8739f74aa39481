import type { Head, PlatformId } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';

export interface SignedHead {
  readonly head: Head;
  readonly envelope: Envelope;
}

/** The platforms' audit logs: Merkle trees (RFC 6962) over the leaves that the features write with `kernel/leaf`. */
export abstract class AuditLog {
  /** The newest signed tree head; null before the first. */
  abstract latestHead(platform: PlatformId): Promise<SignedHead | null>;
}
