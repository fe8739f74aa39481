import type { AccountView, Factor, PersonId, PlatformId, Role, Tier } from '#libs/contracts';
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

export interface PasswordSetup {
  /** PHC string of argon2id over the code. */
  readonly hash: string;
  readonly expiresAt: number;
}

export interface Attempts {
  readonly here: AttemptsFromAddress;
  readonly strangerFailuresLastHour: number;
}

export type FoundSession = Omit<Principal, 'idleAt'> & { readonly lastSeenAt: number };

export interface AttemptAnswer {
  /** 0: it may be tried, and was counted. */
  readonly waitMs: number;
  /** The account never signed in from this address. */
  readonly stranger: boolean;
}

/** Accounts, sessions and sign-in failures. It makes principals, so it stands before any scope; only what people may look at takes one. */
export interface AccessStore {
  account(account: string): Promise<AccountRow | undefined>;
  /** In the order of their platforms and persons. */
  list(scope: Scope, now: number, idleSince: number, tx?: Tx): Promise<readonly AccountView[]>;
  /**
   * Shows `judge` what failed before and counts one more failure when it asks for no wait: one attempt of an account after
   * the other, so that none is judged by what another did not write yet.
   */
  takeAttempt(account: string, address: string, now: number, judge: (attempts: Attempts) => AttemptAnswer): Promise<AttemptAnswer>;
  /** Counts one more failure of who is signed in; false, and nothing is counted, with `most` failures in the hour since the first. */
  takeInSession(session: string, now: number, most: number): Promise<boolean>;
  /** The one counted last turned out right. */
  forgiveInSession(tx: Tx, session: string): Promise<void>;
  /** The attempt of `now` was none; the address is known from here on. */
  recordSuccess(tx: Tx, account: string, address: string, stranger: boolean, now: number): Promise<void>;
  /** Nothing that failed before counts any more. */
  forgetFailures(tx: Tx, account: string): Promise<void>;
  openSession(tx: Tx, session: { readonly id: string; readonly account: string; readonly issuedAt: number; readonly expiresAt: number; readonly factor: Factor }): Promise<void>;
  endSession(tx: Tx, session: string, now: number): Promise<void>;
  /** Ends every open session of an account, and knows none of its devices any more; how many sessions there were. */
  endSessions(tx: Tx, account: string, now: number): Promise<number>;
  /** The account behind an open session, with its roles of now; undefined when it is over: by its end, or because nobody did anything since `idleSince`. */
  principal(session: string, now: number, idleSince: number): Promise<FoundSession | undefined>;
  /** Somebody is there. */
  seen(session: string, now: number): Promise<void>;
  /** Another password from now on; a code for setting one counts no more. */
  setPassword(tx: Tx, account: string, passwordHash: string): Promise<void>;
  /** A code for setting a password takes the place of password and earlier code. */
  offerSetup(tx: Tx, account: string, setup: PasswordSetup): Promise<void>;
  setup(account: string): Promise<PasswordSetup | undefined>;
  /** False when it was used, or replaced, meanwhile. */
  useSetup(tx: Tx, account: string, hash: string): Promise<boolean>;
  addAccounts(tx: Tx, accounts: readonly Omit<AccountRow, 'tier' | 'roles'>[]): Promise<void>;
  /** Writes roles and tier of the accounts of one platform; who left the roster keeps none. Whose roles changed is signed out: a token says what they were. */
  setRoles(tx: Tx, now: number, platform: PlatformId, tier: Tier, persons: readonly { readonly id: PersonId; readonly roles: readonly Role[] }[]): Promise<void>;
  /** Takes every role from the accounts of platforms other than these, and signs them out. */
  dropRoles(tx: Tx, now: number, standing: readonly PlatformId[]): Promise<void>;
  /** Removes the accounts of a person with sessions and attempts; their names, or `standing` while one carries a role. */
  erase(tx: Tx, platform: PlatformId, person: PersonId): Promise<readonly string[] | 'standing'>;
  /** Forgets ended sessions and old failures. */
  sweep(now: number): Promise<void>;
}
