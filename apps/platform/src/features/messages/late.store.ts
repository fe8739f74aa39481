import type { Digest, MessageId, PersonId, PlatformId, PolicyStep } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import type { Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';

/** What a message that went on the air owes for one step. Times in Unix ms. */
export interface OwedStep {
  readonly step: string;
  readonly role: PolicyStep['role'];
  readonly unit: PolicyStep['unit'];
  /** Signatures still missing. */
  readonly missing: number;
  readonly airedAt: number;
  readonly dueAt: number;
}

/** The same with whose it is. */
export interface OwedSignature extends OwedStep {
  readonly message: MessageId;
  readonly platform: PlatformId;
  readonly author: PersonId;
  readonly digest: Digest;
  readonly envelope: Envelope;
}

export interface LateStore {
  /** Writes down what follows the air, in the transaction of the release. */
  owe(scope: Scope, tx: Tx, message: MessageId, steps: readonly OwedStep[]): Promise<void>;
  /** What this message still owes. */
  owedBy(scope: Scope, tx: Tx, message: MessageId): Promise<readonly OwedStep[]>;
  /** What is owed in the scope, the earliest due first. */
  owed(scope: Scope, count: number): Promise<readonly OwedSignature[]>;
  counts(scope: Scope, now: number): Promise<{ readonly owed: number; readonly overdue: number }>;
  /** Marks as told, and answers, what has become overdue. */
  tellOverdue(scope: Scope, tx: Tx, now: number): Promise<readonly Pick<OwedSignature, 'message' | 'platform' | 'digest' | 'step'>[]>;
}
export const LATE_STORE = Symbol('LATE_STORE');
