import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '../../kernel/clock';
import type { Transactions, Tx } from '../../kernel/database';
import { userError } from '../../kernel/errors';
import { withIdempotency, type IdempotentCall } from '../../kernel/http';
import { Leaves } from '../../kernel/leaf';
import type { Scope } from '../../kernel/scope';
import { CLOCK, TRANSACTIONS } from '../../kernel/tokens';
import { scopeOf, type Principal } from '../access';
import { Followers } from './followers';
import { MESSAGE_STORE, type MessageRecord, type MessageStore } from './message.store';
import { foreignPlatform, isMessageId, notFound, stateConflict } from './refusals';

/**
 * Takes a message back, by its author or by an approver of its platform. What somebody has approved, were it one of
 * several, is stopped by the dispatcher in the same transaction, so that its signatures can never be used again, also
 * where fewer are asked for later; of what was sent back that was done then. Refuses with STATE_CONFLICT.
 */
@Injectable()
export class WithdrawMessage {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    @Inject(MESSAGE_STORE) private readonly store: MessageStore,
    private readonly followers: Followers,
    private readonly leaves: Leaves,
  ) {}

  run(principal: Principal, call: IdempotentCall, id: string, reason: string): Promise<{ readonly id: string }> {
    const scope = scopeOf(principal);
    return this.transactions.run((tx) => withIdempotency(tx, this.clock, principal.account, call, async () => {
      const now = Math.trunc(this.clock.now());
      const record = isMessageId(id) ? await this.store.lock(scope, tx, id) : undefined;
      if (record === undefined) throw notFound();
      if (record.platform !== principal.platform) throw foreignPlatform(record.platform);
      if (record.author !== principal.person && !principal.roles.includes('approver')) {
        throw userError('FORBIDDEN', 'Only its author or an approver takes a message back.');
      }
      const moved = await this.store.move(scope, tx, record.id, ['submitted', 'returned', 'approved', 'dispatched'], 'withdrawn', now);
      if (!moved) throw stateConflict(record.state, 'it cannot be taken back any more');
      if (await this.mayYetSound(scope, tx, record)) {
        await this.followers.release.takenBack(tx, { id: record.id, platform: record.platform, digest: record.digest, by: principal.person });
      }
      await this.leaves.insert(tx, {
        platform: record.platform, kind: 'message.withdrawn', subject: record.id,
        facts: { digest: record.digest, from: record.state, by: principal.person }, ...(reason === '' ? {} : { details: { reason } }),
      });
      return { id: record.id };
    }));
  }

  /** Approved or under a permit, on the air, or waiting with a signature already: any of its signatures could still be bound. */
  private async mayYetSound(scope: Scope, tx: Tx, { id, state }: MessageRecord): Promise<boolean> {
    if (state !== 'submitted') return state !== 'returned';
    return (await this.store.approvalsLocked(scope, tx, id)).some(({ decision }) => decision === 'approve');
  }
}
