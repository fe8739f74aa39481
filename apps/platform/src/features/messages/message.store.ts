import type { CorrectionKind, Digest, KeyId, MessageId, MessageState, Mode, PersonId, PlatformId } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import type { Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';

/** A message as it lies in the database. `envelope` is the truth; the rest finds it and follows its life. */
export interface MessageRecord {
  readonly id: MessageId;
  readonly digest: Digest;
  readonly platform: PlatformId;
  readonly author: PersonId;
  readonly envelope: Envelope;
  readonly submittedAt: number;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly hold: boolean;
  readonly state: MessageState;
  readonly approvedAt: number | null;
  /** Why it did not go out when it was due; null for one that did, or was not due yet. */
  readonly notReleased: string | null;
}

export interface ApprovalRecord {
  readonly message: MessageId;
  readonly person: PersonId;
  readonly step: string;
  readonly decision: 'approve' | 'return';
  readonly payloadDigest: Digest;
  readonly envelope: Envelope;
  readonly receivedAt: number;
}

/** What takes a message back, as it was handed in with it. */
export interface CorrectionRecord {
  readonly message: MessageId;
  readonly kind: CorrectionKind;
  readonly digest: Digest;
  readonly envelope: Envelope;
  /** As the message that it became when it was given; null before. */
  readonly given: { readonly id: MessageId; readonly at: number } | null;
}

export interface NewMessage extends Omit<MessageRecord, 'state' | 'approvedAt' | 'notReleased'> {
  readonly class: string;
  readonly mode: string;
  /** Of a living voice. */
  readonly sessionKey: KeyId | null;
}

export interface MessageListFilter {
  readonly states?: readonly MessageState[];
  /** Of this platform alone. */
  readonly platform?: PlatformId;
  /** Newest first, at most this many. */
  readonly count: number;
}

export interface MessageStore {
  /** False when a message with this id, digest or session key is there already. */
  insert(scope: Scope, tx: Tx, message: NewMessage): Promise<boolean>;
  /** False when one of them takes back another message already. */
  insertCorrections(scope: Scope, tx: Tx, message: MessageId, corrections: readonly Pick<CorrectionRecord, 'kind' | 'digest' | 'envelope'>[]): Promise<boolean>;
  /** What takes these messages back; within `tx` when given. */
  corrections(scope: Scope, messages: readonly MessageId[], tx?: Tx): Promise<readonly CorrectionRecord[]>;
  /** Of those of the digests that are corrections: which message they take back. */
  originals(scope: Scope, digests: readonly Digest[]): Promise<ReadonlyMap<Digest, MessageId>>;
  /** Within `tx` when given, without a lock. */
  find(scope: Scope, id: string, tx?: Tx): Promise<MessageRecord | undefined>;
  /** Those of these digests. */
  byDigest(scope: Scope, digests: readonly Digest[]): Promise<readonly MessageRecord[]>;
  /** The mode of this platform's message of that digest. */
  modeOf(scope: Scope, platform: PlatformId, digest: Digest): Promise<Mode | undefined>;
  /** Whether a message other than `but` was handed in with this key for its voice. */
  hasSessionKey(scope: Scope, key: KeyId, but: MessageId | null): Promise<boolean>;
  bySessionKey(scope: Scope, key: KeyId): Promise<MessageRecord | undefined>;
  list(scope: Scope, filter: MessageListFilter): Promise<readonly MessageRecord[]>;
  /** Locks the row until the transaction ends: whoever decides on a message decides alone. */
  lock(scope: Scope, tx: Tx, id: string): Promise<MessageRecord | undefined>;
  /** The guarded update: true when the message was in one of `from` and now is in `to`. */
  move(scope: Scope, tx: Tx, id: MessageId, from: readonly MessageState[], to: MessageState, at: number): Promise<boolean>;
  /** The same for many, by digest; returns those that moved. */
  moveByDigest(scope: Scope, tx: Tx, digests: readonly string[], from: readonly MessageState[], to: MessageState, at: number): Promise<readonly MessageRecord[]>;
  /** Keeps why an approved message did not go out; false when that is known, or it is not approved any more. */
  holdBack(scope: Scope, tx: Tx, id: MessageId, code: string): Promise<boolean>;
  /** Ends what nobody released in its window. */
  expire(scope: Scope, tx: Tx, now: number): Promise<readonly MessageRecord[]>;
  approvals(scope: Scope, ids: readonly MessageId[]): Promise<readonly ApprovalRecord[]>;
  approvalsLocked(scope: Scope, tx: Tx, id: MessageId): Promise<readonly ApprovalRecord[]>;
  /** False when this person has signed this message already. */
  insertApproval(scope: Scope, tx: Tx, author: PersonId, approval: ApprovalRecord): Promise<boolean>;
}
export const MESSAGE_STORE = Symbol('MESSAGE_STORE');
