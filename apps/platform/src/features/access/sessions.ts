import type { AccountView, TokenClaims } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import type { Transactions, Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import type { AccessStore } from './access.store';
import { Accounts, Sessions, type Attendance, type NewAccount } from './accounts';
import type { Principal } from './principal';
import type { ServerKey } from './server-key-file';
import { verifyToken } from './token';

/** One row is written for a session no more often than this. */
const SEEN_EVERY_MS = 15_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Sessions in the database: a token counts only as long as its session row does (threats T03). */
export class StoredSessions extends Sessions {
  constructor(
    private readonly store: AccessStore,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    private readonly tokenKey: () => ServerKey,
    private readonly idleMs: number,
  ) {
    super();
  }

  override claimsOf(token: string): TokenClaims | null {
    const verified = verifyToken(token, this.tokenKey().key, this.clock.now());
    // Ids of sessions are ours; the database would not even take another form.
    return verified.ok && UUID.test(verified.value.session) ? verified.value : null;
  }

  override async authenticate(token: string, attendance: Attendance = 'attended'): Promise<Principal | null> {
    const claims = this.claimsOf(token);
    if (claims === null) return null;
    const now = this.clock.now();
    const found = await this.store.principal(claims.session, now, now - this.idleMs);
    // The account that signed in, not one that a changed row names.
    if (found?.account !== claims.account) return null;
    const { lastSeenAt, ...principal } = found;
    const seen = attendance === 'attended' && now - lastSeenAt >= SEEN_EVERY_MS;
    if (seen) await this.store.seen(principal.session, now);
    return { ...principal, idleAt: Math.min(principal.expiresAt, (seen ? now : lastSeenAt) + this.idleMs) };
  }

  /** DELETE /api/session: the token is worth nothing from now on. The STOP listener, which asks no database, learns it by expiry. */
  async end(session: string): Promise<void> {
    await this.transactions.run((tx) => this.store.endSession(tx, session, this.clock.now()));
  }
}

/** Accounts in the database. */
export class StoredAccounts extends Accounts {
  constructor(private readonly store: AccessStore, private readonly clock: Clock, private readonly idleMs: number) {
    super();
  }

  override list(scope: Scope, tx?: Tx): Promise<readonly AccountView[]> {
    return this.store.list(scope, this.clock.now(), this.clock.now() - this.idleMs, tx);
  }

  override add(tx: Tx, accounts: readonly NewAccount[]): Promise<void> {
    return this.store.addAccounts(tx, accounts);
  }

  override erase(...[tx, platform, person]: Parameters<Accounts['erase']>): Promise<readonly string[] | 'standing'> {
    return this.store.erase(tx, platform, person);
  }

  override dropRoles(...[tx, standing]: Parameters<Accounts['dropRoles']>): Promise<void> {
    return this.store.dropRoles(tx, this.clock.now(), standing);
  }

  override setRoles(...[tx, platform, tier, persons]: Parameters<Accounts['setRoles']>): Promise<void> {
    return this.store.setRoles(tx, this.clock.now(), platform, tier, persons);
  }
}
