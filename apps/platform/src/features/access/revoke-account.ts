import type { RevokedAccount } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import type { Transactions } from '../../kernel/database';
import { userError } from '../../kernel/errors';
import type { Leaves } from '../../kernel/leaf';
import type { AccessStore } from './access.store';
import type { Principal } from './principal';
import { scopeOf } from './scope';
import type { SecondFactorsStore } from './second-factors.store';

/**
 * An officer ends every session of an account below, and with `factors` forgets its second factors, so that somebody who lost
 * a phone sets up another one. Refuses NOT_FOUND alike for accounts that do not exist and for those of other platforms.
 */
export class RevokeAccount {
  constructor(
    private readonly accounts: AccessStore,
    private readonly factors: SecondFactorsStore,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    private readonly leaves: Leaves,
  ) {}

  async run(caller: Principal, name: string, forgetFactors: boolean): Promise<RevokedAccount> {
    const account = await this.accounts.account(name);
    if (account === undefined || !scopeOf(caller).covers(account.platform)) throw userError('NOT_FOUND', 'There is no such account.');
    const now = Math.trunc(this.clock.now());
    return this.transactions.run(async (tx) => {
      const sessions = await this.accounts.endSessions(tx, name, now);
      const forgotten = forgetFactors ? await this.factors.forget(tx, name) : { keys: 0, totp: false };
      await this.leaves.insert(tx, { platform: account.platform, kind: 'account.revoked', subject: account.person, facts: { by: caller.person, sessions, ...forgotten }, details: { account: name } });
      return { account: name, sessions, ...forgotten };
    });
  }
}
