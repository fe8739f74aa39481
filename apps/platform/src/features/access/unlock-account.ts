import type { UnlockedAccount } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import type { Transactions } from '../../kernel/database';
import { userError } from '../../kernel/errors';
import type { Leaves } from '../../kernel/leaf';
import type { AccessStore } from './access.store';
import type { KnownDevices } from './known-devices';
import type { Principal } from './principal';
import { scopeOf } from './scope';
import { makeSetupCode } from './setup-code';

const UNLOCK_MS = 24 * 3_600_000;

/**
 * An officer helps the person of an account below whom somebody's guessing keeps out: what failed is forgotten, and a code,
 * told to the officer alone, makes the person's device a known one at its next sign-in, however long the guessing goes on.
 * The code opens nothing without password and second factor. Refuses NOT_FOUND alike for accounts that do not exist and for
 * those of other platforms.
 */
export class UnlockAccount {
  constructor(
    private readonly accounts: AccessStore,
    private readonly devices: KnownDevices,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    private readonly leaves: Leaves,
  ) {}

  async run(caller: Principal, name: string): Promise<UnlockedAccount> {
    const account = await this.accounts.account(name);
    if (account === undefined || !scopeOf(caller).covers(account.platform)) throw userError('NOT_FOUND', 'There is no such account.');
    const code = makeSetupCode((bytes) => this.clock.random(bytes));
    const expiresAt = Math.trunc(this.clock.now()) + UNLOCK_MS;
    await this.transactions.run(async (tx) => {
      await this.accounts.forgetFailures(tx, name);
      await this.devices.offer(tx, name, code.secret, expiresAt);
      await this.leaves.insert(tx, { platform: account.platform, kind: 'account.unlocked', subject: account.person, facts: { by: caller.person, expiresAt }, details: { account: name } });
    });
    return { account: name, unlock: code.shown, expiresAt };
  }
}
