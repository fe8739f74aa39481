import type { AccountView, PersonId, PlatformId, Role, Tier } from '#libs/contracts';
import type { Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import type { Principal } from './principal';
import type { AttemptsFromAddress } from './throttle';

export interface AccountRow {
  readonly account: string;
  readonly platform: PlatformId;
  readonly person: PersonId;
  readonly title: string;
  readonly tier: Tier;
  readonly roles: readonly Role[];
  readonly passwordHash: string;
}

export interface Attempts {
  readonly here: AttemptsFromAddress;
  readonly strangerFailuresLastHour: number;
}

/** Accounts, sessions and sign-in failures. It makes principals, so it stands before any scope; only what people may look at takes one. */
export interface AccessStore {
  account(account: string): Promise<AccountRow | undefined>;
  /** In the order of their platforms and persons. */
  list(scope: Scope): Promise<readonly AccountView[]>;
  attempts(account: string, address: string, now: number): Promise<Attempts>;
  /** Counts a failure; `stranger` when the address is not known for this account. */
  recordFailure(account: string, address: string, stranger: boolean, now: number): Promise<void>;
  recordSuccess(tx: Tx, account: string, address: string, now: number): Promise<void>;
  openSession(tx: Tx, session: { readonly id: string; readonly account: string; readonly issuedAt: number; readonly expiresAt: number }): Promise<void>;
  endSession(tx: Tx, session: string, now: number): Promise<void>;
  /** The account behind an open, unexpired session, with its roles of now; undefined when it is over. */
  principal(session: string, now: number): Promise<Principal | undefined>;
  addAccounts(tx: Tx, accounts: readonly Omit<AccountRow, 'tier' | 'roles'>[]): Promise<void>;
  /** Writes roles and tier of the accounts of one platform; who left the roster keeps none. */
  setRoles(tx: Tx, platform: PlatformId, tier: Tier, persons: readonly { readonly id: PersonId; readonly roles: readonly Role[] }[]): Promise<void>;
  /** Takes every role from the accounts of platforms other than these. */
  dropRoles(tx: Tx, standing: readonly PlatformId[]): Promise<void>;
  /** Removes the accounts of a person with sessions and attempts; how many, or `standing` while one carries a role. */
  erase(tx: Tx, platform: PlatformId, person: PersonId): Promise<number | 'standing'>;
  /** Forgets ended sessions and old failures. */
  sweep(now: number): Promise<void>;
}
