import type { AccountView } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import type { Transactions, Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import type { AccessStore } from './access.store';
import { Accounts, Sessions, type NewAccount } from './accounts';
import type { Principal } from './principal';
import type { ServerKey } from './server-key-file';
import { verifyToken } from './token';

/** Sessions in the database: a token counts only as long as its session row does (threats T03). */
export class StoredSessions extends Sessions {
  constructor(
    private readonly store: AccessStore,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    private readonly tokenKey: () => ServerKey,
  ) {
    super();
  }

  override async authenticate(token: string): Promise<Principal | null> {
    const now = this.clock.now();
    const verified = verifyToken(token, this.tokenKey().key, now);
    if (!verified.ok) return null;
    const principal = await this.store.principal(verified.value.session, now);
    // The account that signed in, not one that a changed row names.
    return principal?.account === verified.value.account ? principal : null;
  }

  /** DELETE /api/session: the token is worth nothing from now on. The STOP listener, which asks no database, learns it by expiry. */
  async end(session: string): Promise<void> {
    await this.transactions.run((tx) => this.store.endSession(tx, session, this.clock.now()));
  }
}

/** Accounts in the database. */
export class StoredAccounts extends Accounts {
  constructor(private readonly store: AccessStore) {
    super();
  }

  override list(scope: Scope): Promise<readonly AccountView[]> {
    return this.store.list(scope);
  }

  override add(tx: Tx, accounts: readonly NewAccount[]): Promise<void> {
    return this.store.addAccounts(tx, accounts);
  }

  override erase(...[tx, platform, person]: Parameters<Accounts['erase']>): Promise<number | 'standing'> {
    return this.store.erase(tx, platform, person);
  }

  override dropRoles(...[tx, standing]: Parameters<Accounts['dropRoles']>): Promise<void> {
    return this.store.dropRoles(tx, standing);
  }

  override setRoles(...[tx, platform, tier, persons]: Parameters<Accounts['setRoles']>): Promise<void> {
    return this.store.setRoles(tx, platform, tier, persons);
  }
}
