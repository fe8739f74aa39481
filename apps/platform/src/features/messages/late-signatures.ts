import { Inject, Injectable } from '@nestjs/common';
import type { LateSignature, PolicyRule } from '#libs/contracts';
import { openSteps, type Signed } from '#libs/domain';
import type { Clock } from '../../kernel/clock';
import type { Tx } from '../../kernel/database';
import { Leaves } from '../../kernel/leaf';
import type { Scope } from '../../kernel/scope';
import { CLOCK } from '../../kernel/tokens';
import { LATE_STORE, type LateStore } from './late.store';
import type { MessageRecord } from './message.store';
import { messageIn } from './message-view';

const HOUR_MS = 3_600_000;

/**
 * What messages that went on the air before all had signed still owe (policy `mayFollowAir`, 先播后补签): written down
 * with the release, listed until it is signed, whatever becomes of the policy meanwhile.
 */
@Injectable()
export class LateSignatures {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LATE_STORE) private readonly store: LateStore,
    private readonly leaves: Leaves,
  ) {}

  /** In the transaction in which the message goes on the air; each step with a leaf, by which a row that is gone or altered is found (PgUnsaidMessages). */
  async owe(tx: Tx, scope: Scope, { id, platform }: Pick<MessageRecord, 'id' | 'platform'>, rule: PolicyRule, given: readonly Signed[], now: number): Promise<void> {
    const steps = openSteps(rule, given, 'after').map(({ name, role, unit, count, dueHours }) => ({ step: name, role, unit, missing: count, airedAt: now, dueAt: now + dueHours * HOUR_MS }));
    await this.store.owe(scope, tx, id, steps);
    await this.leaves.insertAll(tx, steps.map(({ step, role, unit, missing, airedAt, dueAt }) => ({ platform, kind: 'approval.owed', subject: id, facts: { step, role, unit, count: missing, airedAt, dueAt } })));
  }

  /** The earliest due first. */
  async list(scope: Scope, count: number): Promise<readonly LateSignature[]> {
    const now = this.clock.now();
    return (await this.store.owed(scope, count)).map(({ message, platform, author, digest, envelope, step, role, unit, missing, airedAt, dueAt }) => {
      const said = messageIn({ digest, envelope });
      return { message, platform, author, class: said?.class ?? null, title: said?.texts[0]?.title ?? '', step, role, unit, missing, airedAt, dueAt, isOverdue: dueAt <= now };
    });
  }

  counts(scope: Scope): Promise<{ readonly owed: number; readonly overdue: number }> {
    return this.store.counts(scope, Math.trunc(this.clock.now()));
  }
}
