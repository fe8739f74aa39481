import type { Clock } from '../../kernel/clock';
import type { Tx } from '../../kernel/database';
import { AddressBudget } from './address-budget';
import type { AccessStore } from './access.store';
import type { KnownDevices } from './known-devices';
import type { Principal } from './principal';
import { SignInThrottled } from './refusals';
import { isKnownAddress, judgeAttempt, OWN_FAILURES_PER_HOUR } from './throttle';

export interface SignInAttempt {
  /** In the transaction of what it opens. */
  readonly succeeded: (tx: Tx) => Promise<void>;
  /** After its commit. */
  readonly done: () => void;
}

/**
 * Counts an attempt as failed before its password is looked at, one account at a time: a thousand tries at the same moment
 * are a thousand (threats T02). Tries with the token of a device that is known are counted for it alone; all others share what
 * the account and the address have left. Throws SignInThrottled while it asks to wait.
 */
export class SignInGate {
  private readonly budget = new AddressBudget();

  constructor(private readonly store: AccessStore, private readonly devices: KnownDevices, private readonly clock: Clock) {}

  /** Of who is signed in: counted for this session alone, so that others' guessing keeps nobody from a new password or passkey; beyond its own it is anybody's. */
  async takeInside({ account, session }: Pick<Principal, 'account' | 'session'>, address: string): Promise<SignInAttempt> {
    if (!(await this.store.takeInSession(session, this.clock.now(), OWN_FAILURES_PER_HOUR))) return this.take(account, address);
    return { succeeded: (tx) => this.store.forgiveInSession(tx, session), done: () => undefined };
  }

  async take(account: string, address: string, known?: string): Promise<SignInAttempt> {
    if (known !== undefined && (await this.devices.take(account, known))) {
      return { succeeded: (tx) => this.devices.forgive(tx, account, known), done: () => undefined };
    }
    const now = this.clock.now();
    const taken = await this.store.takeAttempt(account, address, now, (attempts) => {
      const known = isKnownAddress(attempts.here, now);
      const judged = judgeAttempt({ now, ...attempts });
      // Who signed in from here before is not made to wait for what others at this address do.
      const waitMs = judged.allowed ? (known ? 0 : this.budget.waitMs(address, now)) : judged.retryAfterMs;
      if (waitMs === 0) this.budget.failed(address, now);
      return { waitMs, stranger: !known };
    });
    if (taken.waitMs > 0) throw new SignInThrottled(taken.waitMs);
    return {
      succeeded: (tx) => this.store.recordSuccess(tx, account, address, taken.stranger, now),
      done: () => this.budget.forgive(address),
    };
  }
}
