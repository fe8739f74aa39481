import type { AccountView, PersonId, PlatformId, Role, Tier, TokenClaims } from '#libs/contracts';
import type { Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import type { Principal } from './principal';

export interface NewAccount {
  readonly account: string;
  readonly platform: PlatformId;
  readonly person: PersonId;
  readonly title: string;
  /** PHC string of argon2id. */
  readonly passwordHash: string;
}

/** For `authority`: who may sign in, and with which roles. */
export abstract class Accounts {
  /** Those of the platforms in scope; never a password hash. Within `tx` when given. */
  abstract list(scope: Scope, tx?: Tx): Promise<readonly AccountView[]>;
  abstract add(tx: Tx, accounts: readonly NewAccount[]): Promise<void>;
  /** Makes the accounts of a platform carry the roles of its roster in force; who is not in it keeps none. */
  abstract setRoles(tx: Tx, platform: PlatformId, tier: Tier, persons: readonly { readonly id: PersonId; readonly roles: readonly Role[] }[]): Promise<void>;
  /** Takes every role from the accounts of platforms other than these: whose charter fell. */
  abstract dropRoles(tx: Tx, standing: readonly PlatformId[]): Promise<void>;
  /** Removes the accounts of a person with all that hangs on them; their names, or `standing` while one carries a role. */
  abstract erase(tx: Tx, platform: PlatformId, person: PersonId): Promise<readonly string[] | 'standing'>;
}

/** Whether a person did something, or a page only looked again: a desk at which nobody sits is signed off. */
export type Attendance = 'attended' | 'unattended';

/** Tokens and the sessions behind them. */
export abstract class Sessions {
  /** What a token says: signature and time only, nobody is asked. Null when it is none of ours or over. */
  abstract claimsOf(token: string): TokenClaims | null;
  /** Who holds this token now: signature, time, and a session that was not ended, by anybody or by idleness. Null when nobody does. */
  abstract authenticate(token: string, attendance?: Attendance): Promise<Principal | null>;
}
