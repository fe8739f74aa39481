import type { Session, SignIn as SignInRequest } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import type { Transactions } from '../../kernel/database';
import { ClarionError, userError } from '../../kernel/errors';
import type { Leaves } from '../../kernel/leaf';
import { AddressBudget } from './address-budget';
import type { AccessStore } from './access.store';
import { isPassword } from './passwords';
import type { ServerKey } from './server-key-file';
import { isKnownAddress, judgeAttempt } from './throttle';
import { signToken, TOKEN_TYPE } from './token';

export const SESSION_MS = 12 * 3_600_000;

/**
 * POST /api/session. Opens a session of 12 hours and signs its token. Refuses with AUTH_FAILED, in the same words and
 * after the same work, an unknown account and a wrong password; with TOO_MANY_REQUESTS while the throttle waits, for
 * accounts that exist and for those that do not alike.
 */
export class SignIn {
  private readonly budget = new AddressBudget();

  constructor(
    private readonly store: AccessStore,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    private readonly tokenKey: () => ServerKey,
    private readonly demo: boolean,
    private readonly leaves: Leaves,
  ) {}

  async run({ account: name, password }: SignInRequest, address: string): Promise<Session> {
    const before = this.clock.now();
    const attempts = await this.store.attempts(name, address, before);
    const judged = judgeAttempt({ now: before, ...attempts });
    // Who signed in from here before is not made to wait for what others at this address do.
    const budgetMs = isKnownAddress(attempts.here, before) ? 0 : this.budget.waitMs(address, before);
    if (!judged.allowed) throw new SignInThrottled(judged.retryAfterMs);
    if (budgetMs > 0) throw new SignInThrottled(budgetMs);

    const account = await this.store.account(name);
    if (!(await isPassword(account?.passwordHash, password)) || account === undefined) {
      this.budget.failed(address, before);
      await this.store.recordFailure(name, address, !isKnownAddress(attempts.here, before), this.clock.now());
      throw authFailed();
    }
    const issuedAt = this.clock.now();
    const expiresAt = issuedAt + SESSION_MS;
    const session = this.clock.uuid();
    await this.transactions.run(async (tx) => {
      await this.store.recordSuccess(tx, name, address, issuedAt);
      await this.store.openSession(tx, { id: session, account: name, issuedAt, expiresAt });
      await this.leaves.insert(tx, { platform: account.platform, kind: 'session.opened', subject: session, facts: { person: account.person }, details: { account: name } });
    });
    const { platform, person, tier, roles, title } = account;
    const token = await signToken(
      { typ: TOKEN_TYPE, session, account: name, person, platform, tier, roles: [...roles], issuedAt, expiresAt },
      this.tokenKey().signer,
    );
    return { token, expiresAt, account: name, person, platform, tier, roles: [...roles], title, demo: this.demo };
  }
}

/** One sentence for every reason: nothing tells which accounts exist (threats T13). */
export function authFailed(): ClarionError {
  return userError('AUTH_FAILED', 'The account and password do not match.', { status: 401 });
}

/** The throttle asks to wait; the answer says how long. */
export class SignInThrottled extends ClarionError {
  readonly retryAfterSeconds: number;

  constructor(retryAfterMs: number) {
    const seconds = Math.ceil(retryAfterMs / 1_000);
    super('TOO_MANY_REQUESTS', `Too many failed attempts. Try again in ${seconds} s.`);
    this.retryAfterSeconds = seconds;
  }
}
