import { Inject, Injectable } from '@nestjs/common';
import type { Digest, MessageId } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import type { OwedStep, VerifiedApproval } from '#libs/trust';
import type { Tx } from '../../kernel/database';
import { Leaves } from '../../kernel/leaf';
import type { Scope } from '../../kernel/scope';
import { LATE_STORE, type LateStore } from './late.store';
import { MESSAGE_STORE, type MessageRecord, type MessageStore } from './message.store';
import { refusalError, stateConflict } from './refusals';

/**
 * Takes a signature that the policy lets follow the air, in the caller's transaction. The message is verified and so is
 * the offered signature; those of before are history and are not asked again. Whoever does not agree stops or corrects
 * the message, for it has sounded. Refuses with REJ_APPROVER_REPEATED, STATE_CONFLICT and REJ_APPROVAL_STEP.
 */
@Injectable()
export class SignLate {
  constructor(
    @Inject(MESSAGE_STORE) private readonly store: MessageStore,
    @Inject(LATE_STORE) private readonly late: LateStore,
    private readonly leaves: Leaves,
  ) {}

  /** The steps that it owes; undefined where it owes nothing, so that what is wrong is said by the policy in force. */
  async owed(tx: Tx, scope: Scope, message: MessageId): Promise<readonly OwedStep[] | undefined> {
    const owed = await this.late.owedBy(scope, tx, message);
    return owed.length === 0 ? undefined : owed.map(({ step, role, unit }) => ({ name: step, role, unit }));
  }

  async run(tx: Tx, scope: Scope, record: MessageRecord, { approval, digest }: VerifiedApproval, envelope: Envelope, now: number, pageBuild: Digest | null): Promise<void> {
    const given = await this.store.approvalsLocked(scope, tx, record.id);
    if (given.some(({ person }) => person === approval.person)) throw refusalError({ code: 'REJ_APPROVER_REPEATED' });
    const owed = await this.late.owedBy(scope, tx, record.id);
    if (owed.length === 0) throw stateConflict(record.state, 'only a submitted message can be signed');
    if (approval.decision === 'return') throw stateConflict(record.state, 'it has sounded: stop it or take it back with a correction');
    if (!owed.some(({ step }) => step === approval.step)) throw refusalError({ code: 'REJ_APPROVAL_STEP' });
    const inserted = await this.store.insertApproval(scope, tx, record.author, {
      message: record.id, person: approval.person, step: approval.step, decision: approval.decision, payloadDigest: digest, envelope, receivedAt: now,
    });
    if (!inserted) throw refusalError({ code: 'REJ_APPROVER_REPEATED' });
    await this.leaves.insert(tx, {
      platform: record.platform, kind: 'approval.late', subject: record.id,
      facts: { messageDigest: record.digest, approval: digest, person: approval.person, step: approval.step, policyVersion: approval.policyVersion, ...(pageBuild === null ? {} : { pageBuild }) },
      ...(approval.reason === '' ? {} : { details: { reason: approval.reason } }),
    });
  }
}
