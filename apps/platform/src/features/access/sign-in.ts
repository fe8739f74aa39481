import type { PasskeySignIn, Session, SignIn as SignInRequest } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import type { Transactions } from '../../kernel/database';
import type { AccessStore, AccountRow } from './access.store';
import type { KnownDevices } from './known-devices';
import type { OpenSession } from './open-session';
import { isPassword } from './passwords';
import { authFailed, secondFactorWanted } from './refusals';
import type { FactorFound, SecondFactors } from './second-factors';
import type { SignInAttempt, SignInGate } from './sign-in-gate';

/**
 * POST /api/session. Opens a session of 12 hours. Refuses, in the same words and after the same work, an unknown account, a
 * wrong password and a wrong second factor (AUTH_FAILED); with SECOND_FACTOR_WANTED whoever brings none, whatever the password
 * was (threats T13); with TOO_MANY_REQUESTS while the throttle waits, for accounts that exist and for those that do not alike.
 * An account that has no second factor yet gets a session in which it can set one up and nothing else. Whatever opened it, the
 * device is known from then on (`KnownDevices`).
 */
export class SignIn {
  constructor(
    private readonly store: AccessStore,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    private readonly gate: SignInGate,
    private readonly factors: SecondFactors,
    private readonly sessions: OpenSession,
    private readonly devices: KnownDevices,
    private readonly factorRequired: boolean,
  ) {}

  async run({ account: name, password, code, device, known }: SignInRequest, address: string): Promise<Session> {
    const attempt = await this.gate.take(name, address, known);
    const account = await this.store.account(name);
    const isRight = await isPassword(account?.passwordHash, password);
    if (!this.factorRequired) return this.open(isRight ? account : undefined, without('off'), known, attempt);
    if (code === undefined && device === undefined) {
      const enrolled = await this.factors.isEnrolled(name);
      if (account === undefined || !isRight || enrolled) throw secondFactorWanted();
      return this.open(account, without('enrol'), known, attempt);
    }
    const found = await this.factors.judge(name, { code, device });
    return this.open(isRight ? account : undefined, found, known, attempt);
  }

  /**
   * POST /api/session/passkey: user verification is the second factor. Nobody guesses a signature, so nobody's guessing closes
   * this way: only the requests of an address are counted, as on every route without a session (`RequestBudget`).
   */
  async byPasskey({ account: name, passkey, known }: PasskeySignIn): Promise<Session> {
    const account = await this.store.account(name);
    return this.open(account, await this.factors.byPasskey(name, passkey), known);
  }

  private async open(account: AccountRow | undefined, found: FactorFound | undefined, given: string | undefined, attempt?: SignInAttempt): Promise<Session> {
    if (account === undefined || found === undefined) throw authFailed();
    const session = await this.transactions.run(async (tx) => {
      if (!(await found.use(tx))) throw authFailed();
      await attempt?.succeeded(tx);
      const known = await this.devices.greet(tx, account.account, given);
      const opened = await this.sessions.run(tx, account, found.factor, Math.trunc(this.clock.now()));
      return known === undefined ? opened : { ...opened, known };
    });
    attempt?.done();
    return session;
  }
}

function without(factor: 'off' | 'enrol'): FactorFound {
  return { factor, use: () => Promise.resolve(true) };
}
