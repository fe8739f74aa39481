import type { AccountSetup } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import type { Transactions } from '../../kernel/database';
import { userError } from '../../kernel/errors';
import type { Leaves } from '../../kernel/leaf';
import type { AccessStore } from './access.store';
import type { KnownDevices } from './known-devices';
import { hashPassword } from './passwords';
import type { Principal } from './principal';
import { scopeOf } from './scope';
import { makeSetupCode } from './setup-code';

const SETUP_MS = 24 * 3_600_000;

/**
 * An officer makes a code with which the person of an account below sets a password, once and within a day; told to the
 * officer alone, who hands it over. From now on the old password opens nothing and nobody is signed in; second factors
 * stay, so that the code alone opens nothing where there is one. Nobody's guessing keeps out who brings it. Refuses NOT_FOUND alike for accounts that do not exist
 * and for those of other platforms.
 */
export class OfferSetup {
  constructor(
    private readonly accounts: AccessStore,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    private readonly leaves: Leaves,
    private readonly devices: KnownDevices,
  ) {}

  async run(caller: Principal, name: string): Promise<AccountSetup> {
    const account = await this.accounts.account(name);
    if (account === undefined || !scopeOf(caller).covers(account.platform)) throw userError('NOT_FOUND', 'There is no such account.');
    const now = Math.trunc(this.clock.now());
    const setup = makeSetupCode((bytes) => this.clock.random(bytes));
    const hash = await hashPassword(setup.secret);
    const expiresAt = now + SETUP_MS;
    await this.transactions.run(async (tx) => {
      await this.accounts.offerSetup(tx, name, { hash, expiresAt });
      const sessions = await this.accounts.endSessions(tx, name, now);
      await this.devices.offer(tx, name, setup.secret, expiresAt);
      await this.leaves.insert(tx, { platform: account.platform, kind: 'account.setup-offered', subject: account.person, facts: { by: caller.person, sessions, expiresAt }, details: { account: name } });
    });
    return { account: name, setup: setup.shown, expiresAt };
  }
}
