import { Inject, Injectable } from '@nestjs/common';
import type { DrillView } from '#libs/contracts';
import type { Clock } from '../../../kernel/clock';
import type { Transactions } from '../../../kernel/database';
import { userError } from '../../../kernel/errors';
import { Leaves } from '../../../kernel/leaf';
import { CLOCK, TRANSACTIONS } from '../../../kernel/tokens';
import { scopeOf, type Principal } from '../../access';
import { MessageAccess } from '../message-access';
import { messageIn } from '../message-view';
import { DrillPlans } from './drill-plans';
import { DRILL_STORE, type DrillStore } from './drills.store';

/** More open messages than this no platform has. */
const MOST_OPEN = 500;

/**
 * Cancels a planned drill of the caller's own platform. Refuses NOT_FOUND, WRONG_STATE when it was cancelled before, and
 * DRILL_IN_USE while a message of it is open: that one is withdrawn or stopped first, so that nothing is taken back unseen.
 */
@Injectable()
export class CancelDrill {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    @Inject(DRILL_STORE) private readonly store: DrillStore,
    private readonly plans: DrillPlans,
    private readonly messages: MessageAccess,
    private readonly leaves: Leaves,
  ) {}

  async run(caller: Principal, id: string): Promise<DrillView> {
    const scope = scopeOf(caller);
    const drill = await this.plans.find(scope, id);
    if (drill === undefined || drill.platform !== caller.platform) throw userError('NOT_FOUND', 'Your platform has planned no such drill.');
    const at = Math.trunc(this.clock.now());
    await this.transactions.run(async (tx) => {
      if (!await this.store.cancel(scope, tx, id, caller.person, at)) throw userError('WRONG_STATE', 'It was cancelled before.');
      // The row is ours now: a message that is handed in meanwhile waits for it, and one that came before is seen here.
      const open = await this.messages.list(scope, { states: ['submitted', 'approved', 'dispatched'], platform: drill.platform, count: MOST_OPEN });
      const used = open.filter((record) => messageIn(record)?.drill?.plan === id).map((record) => record.id);
      if (used.length > 0) throw userError('DRILL_IN_USE', `Withdraw or stop its messages first: ${used.join(', ')}.`, { status: 409 });
      await this.leaves.insert(tx, { platform: drill.platform, kind: 'drill.cancelled', subject: id, facts: { by: caller.person } });
    });
    return { ...drill, cancelledAt: at };
  }
}
