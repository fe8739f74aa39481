import type { ChangePassword, SetUpPassword } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import type { Transactions, Tx } from '../../kernel/database';
import { userError } from '../../kernel/errors';
import type { Leaves } from '../../kernel/leaf';
import type { AccessStore, AccountRow } from './access.store';
import { passwordFault } from './password-rule';
import { hashPassword, isPassword } from './passwords';
import type { Principal } from './principal';
import { authFailed } from './refusals';
import type { SecondFactors } from './second-factors';
import { readSetupCode } from './setup-code';
import type { SignInGate } from './sign-in-gate';

/**
 * A person sets a password: with the code of an officer, or with the one before and a second factor where there is one.
 * Both count as attempts to sign in and end every session of the account. Refuses PASSWORD_WEAK; AUTH_FAILED, in the same
 * words and after the same work, for an unknown account, a wrong or old code, a wrong password or second factor.
 */
export class SetPassword {
  constructor(
    private readonly accounts: AccessStore,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    private readonly gate: SignInGate,
    private readonly factors: SecondFactors,
    private readonly leaves: Leaves,
  ) {}

  /** POST /api/session/setup. */
  async bySetup({ account: name, setup, password }: SetUpPassword, address: string): Promise<void> {
    refuseWeak(password, name);
    const attempt = await this.gate.take(name, address, setup);
    const account = await this.accounts.account(name);
    const offered = await this.accounts.setup(name);
    const isRight = await isPassword(offered?.hash, readSetupCode(setup));
    if (account === undefined || offered === undefined || !isRight || offered.expiresAt <= this.clock.now()) throw authFailed();
    await this.set(account, password, 'setup', async (tx) => {
      if (!(await this.accounts.useSetup(tx, name, offered.hash))) throw authFailed();
      await attempt.succeeded(tx);
      // An officer vouched, and what was guessed before was another password.
      await this.accounts.forgetFailures(tx, name);
    });
    attempt.done();
  }

  /** POST /api/session/password. */
  async byPassword(caller: Principal, { password, next, code }: ChangePassword, address: string): Promise<void> {
    const { account: name } = caller;
    refuseWeak(next, name);
    const attempt = await this.gate.takeInside(caller, address);
    const account = await this.accounts.account(name);
    const isRight = await isPassword(account?.passwordHash, password);
    const isEnrolled = await this.factors.isEnrolled(name);
    const found = isEnrolled ? await this.factors.judge(name, { code }) : undefined;
    if (account === undefined || !isRight || (isEnrolled && found === undefined)) throw authFailed();
    await this.set(account, next, 'password', async (tx) => {
      if (found !== undefined && !(await found.use(tx))) throw authFailed();
      await attempt.succeeded(tx);
    });
    attempt.done();
  }

  private async set(account: AccountRow, password: string, by: 'setup' | 'password', prove: (tx: Tx) => Promise<void>): Promise<void> {
    const hash = await hashPassword(password);
    await this.transactions.run(async (tx) => {
      await prove(tx);
      await this.accounts.setPassword(tx, account.account, hash);
      const sessions = await this.accounts.endSessions(tx, account.account, Math.trunc(this.clock.now()));
      await this.leaves.insert(tx, { platform: account.platform, kind: 'account.password-set', subject: account.person, facts: { by, sessions }, details: { account: account.account } });
    });
  }
}

function refuseWeak(password: string, account: string): void {
  const fault = passwordFault(password, account);
  if (fault !== undefined) throw userError('PASSWORD_WEAK', fault);
}
