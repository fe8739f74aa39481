import { Inject, Injectable } from '@nestjs/common';
import { digestSchema, type Digest } from '#libs/contracts';
import type { Clock } from '../../../kernel/clock';
import type { Transactions } from '../../../kernel/database';
import { userError } from '../../../kernel/errors';
import { withIdempotency, type IdempotentCall } from '../../../kernel/http';
import { Leaves } from '../../../kernel/leaf';
import { CLOCK, TRANSACTIONS } from '../../../kernel/tokens';
import { scopeOf, type Principal } from '../../access';
import { stateConflict } from '../refusals';
import { PERMIT_STORE, type PermitStore } from './permit.store';

/** This server takes nothing under it any more. The terminals ask the roster: what withdraws it there is the officers' next one without it. */
@Injectable()
export class WithdrawPermit {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    @Inject(PERMIT_STORE) private readonly store: PermitStore,
    private readonly leaves: Leaves,
  ) {}

  run(principal: Principal, call: IdempotentCall, name: string, reason: string): Promise<{ readonly digest: Digest }> {
    const scope = scopeOf(principal);
    return this.transactions.run((tx) => withIdempotency(tx, this.clock, principal.account, call, async () => {
      const { data: digest } = digestSchema.safeParse(name);
      const record = digest === undefined ? undefined : await this.store.lock(scope, tx, digest);
      if (record === undefined) throw permitNotFound();
      if (record.withdrawn !== null) throw stateConflict('withdrawn', 'it is over already');
      await this.store.withdraw(scope, tx, record.digest, principal.person, Math.trunc(this.clock.now()));
      await this.leaves.insert(tx, {
        platform: record.platform, kind: 'permit.withdrawn', subject: record.digest, facts: { permit: record.digest, by: principal.person }, ...(reason === '' ? {} : { details: { reason } }),
      });
      return { digest: record.digest };
    }));
  }
}

export function permitNotFound(): Error {
  return userError('NOT_FOUND', 'There is no such permit, or it is not yours to see.');
}
