import { Inject, Injectable } from '@nestjs/common';
import type { Digest } from '#libs/contracts';
import { judgeApprovals, mayJoin, minimumApprovals, ruleFor } from '#libs/domain';
import type { Envelope } from '#libs/envelope';
import { policyFactsOf, verifyApproval, type VerifiedApproval, type VerifiedMessage } from '#libs/trust';
import type { Clock } from '../../kernel/clock';
import type { Tx } from '../../kernel/database';
import { userError } from '../../kernel/errors';
import type { IdempotentCall } from '../../kernel/http';
import { Leaves } from '../../kernel/leaf';
import { CLOCK } from '../../kernel/tokens';
import { scopeOf, type Principal } from '../access';
import { Trust } from '../authority';
import { Followers } from './followers';
import { MESSAGE_STORE, type MessageRecord, type MessageStore } from './message.store';
import { Narrowed } from './narrowed';
import { ReleaseMessage } from './release-message';
import { foreignPlatform, isMessageId, notFound, refusalError, stateConflict } from './refusals';
import { SignLate } from './sign-late';
import { SignedCommand } from './signed-command';
import { verifyApprovals, verifyRecord } from './verify-record';

/**
 * Takes one person's signature for one step. The row is locked, the message and every earlier approval are verified
 * again from their bytes, and when the last required signature is there the message is released in this very
 * transaction, unless its author asked to hold it. Sent back, what others signed before is stopped with it. What the policy lets follow the air is taken after it (`SignLate`). Refuses with REJ_*, STATE_CONFLICT, PLATFORM_FOREIGN, SIGNER_FOREIGN.
 */
@Injectable()
export class SignApproval {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(MESSAGE_STORE) private readonly store: MessageStore,
    private readonly trust: Trust,
    private readonly release: ReleaseMessage,
    private readonly narrowed: Narrowed,
    private readonly late: SignLate,
    private readonly followers: Followers,
    private readonly leaves: Leaves,
    private readonly command: SignedCommand,
  ) {}

  /** `pageBuild`: what a signing page says it is; a claim, kept as one. */
  async run(principal: Principal, call: IdempotentCall, id: string, envelope: Envelope, pageBuild: Digest | null = null): Promise<{ readonly id: string }> {
    return this.command.run(principal, call, envelope, async (tx) => {
      await this.sign(tx, principal, id, envelope, pageBuild);
      return { id };
    });
  }

  private async sign(tx: Tx, principal: Principal, id: string, envelope: Envelope, pageBuild: Digest | null): Promise<void> {
    const now = Math.trunc(this.clock.now());
    const scope = scopeOf(principal);
    const record = isMessageId(id) ? await this.store.lock(scope, tx, id) : undefined;
    if (record === undefined) throw notFound();
    if (record.platform !== principal.platform) throw foreignPlatform(record.platform);
    const state = this.trust.state();
    const message = verifyRecord(state, record, now);
    const owed = record.state === 'submitted' ? undefined : await this.late.owed(tx, scope, record.id);
    const offered = verifyApproval(state, envelope, message, now, owed);
    if (!offered.ok) throw refusalError(offered);
    const { approval, signed } = offered.value;
    if (approval.person !== principal.person) throw userError('SIGNER_FOREIGN', 'The signature is not yours.', { status: 403 });
    if (record.state !== 'submitted') return this.late.run(tx, scope, record, offered.value, envelope, now, pageBuild);
    const standing = verifyApprovals(state, message, await this.store.approvalsLocked(scope, tx, record.id), now);
    if (standing.some((other) => other.approval.person === approval.person)) throw refusalError({ code: 'REJ_APPROVER_REPEATED' });
    const given = standing.map((other) => other.signed);
    const together = [...given, signed];
    const rule = ruleOf(message);
    const fault = mayJoin(rule, message.author.person.id, given, signed);
    if (fault !== undefined) throw refusalError({ code: fault });
    await this.keep(tx, principal, record, offered.value, envelope, now, pageBuild);
    if (approval.decision === 'return') {
      await this.move(tx, principal, record, 'returned', now);
      // Whoever signed before meant it to be said: without a stop those signatures could still be bound, where fewer are asked for later.
      if (given.length > 0) await this.followers.release.takenBack(tx, { id: record.id, platform: record.platform, digest: record.digest, by: approval.person });
      return;
    }
    const minimum = message.message.mode === 'test' ? 1 : Math.max(minimumApprovals(message.charter, message.message.class), (await this.narrowed.of(message.message, 0, tx)).approvals);
    const missing = judgeApprovals(rule, minimum, { person: message.author.person.id, alg: message.author.alg }, together);
    if (missing === 'REJ_APPROVAL_MISSING') return;
    if (missing !== undefined) throw refusalError({ code: missing });
    await this.move(tx, principal, record, 'approved', now);
    if (!record.hold) await this.release.run(tx, scope, record.id, now);
  }

  private async keep(tx: Tx, principal: Principal, record: MessageRecord, { approval, digest }: VerifiedApproval, envelope: Envelope, now: number, pageBuild: Digest | null): Promise<void> {
    const inserted = await this.store.insertApproval(scopeOf(principal), tx, record.author, {
      message: record.id, person: approval.person, step: approval.step, decision: approval.decision, payloadDigest: digest, envelope, receivedAt: now,
    });
    if (!inserted) throw refusalError({ code: 'REJ_APPROVER_REPEATED' });
    await this.leaves.insert(tx, {
      platform: record.platform, kind: approval.decision === 'approve' ? 'approval.signed' : 'approval.returned', subject: record.id,
      facts: { messageDigest: record.digest, approval: digest, person: approval.person, step: approval.step, policyVersion: approval.policyVersion, ...(pageBuild === null ? {} : { pageBuild }) },
      ...(approval.reason === '' ? {} : { details: { reason: approval.reason } }),
    });
  }

  private async move(tx: Tx, principal: Principal, record: MessageRecord, to: 'returned' | 'approved', now: number): Promise<void> {
    if (!(await this.store.move(scopeOf(principal), tx, record.id, ['submitted'], to, now))) throw stateConflict(record.state, 'it changed meanwhile');
  }
}

function ruleOf({ message, charter, roster }: VerifiedMessage) {
  const rule = ruleFor(roster.policy, policyFactsOf(message, charter.tier));
  if (rule === undefined) throw refusalError({ code: 'REJ_POLICY' });
  return rule;
}
