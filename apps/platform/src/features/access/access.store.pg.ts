import type { AccountView, PersonId, PlatformId, Role, Tier } from '#libs/contracts';
import type { Database, Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import type { AccessStore, AccountRow, Attempts } from './access.store';
import type { Principal } from './principal';
import { HOUR_MS } from './throttle';

const DAY_MS = 24 * HOUR_MS;
const KEEP_ATTEMPTS_DAYS = 31;

const instant = (unixMs: number): string => new Date(unixMs).toISOString();

export class PgAccessStore implements AccessStore {
  constructor(private readonly database: Database) {}

  async account(account: string): Promise<AccountRow | undefined> {
    const [row] = await this.database.query<AccountRow>(
      'SELECT account, platform, person, title, tier, roles, password_hash AS "passwordHash" FROM account WHERE account = $1',
      [account],
    );
    return row;
  }

  list(scope: Scope): Promise<readonly AccountView[]> {
    return this.database.query<AccountView>(
      'SELECT account, platform, person, title FROM account WHERE $1::text[] IS NULL OR platform = ANY ($1::text[]) ORDER BY platform, person, account', [scope.platforms],
    );
  }

  async attempts(account: string, address: string, now: number): Promise<Attempts> {
    const [row] = await this.database.query<{ readonly failures: number; readonly failed: string; readonly succeeded: string; readonly strangers: string }>(
      `SELECT coalesce(max(failures), 0) AS failures, coalesce(max(last_failure_at), 0) AS failed, coalesce(max(last_success_at), 0) AS succeeded,
              (SELECT coalesce(sum(failures), 0) FROM sign_in_stranger_failures WHERE account = $1 AND hour >= $3) AS strangers
         FROM sign_in_attempts WHERE account = $1 AND address = $2`,
      [account, address, Math.floor(now / HOUR_MS) - 1],
    );
    return {
      here: { failures: Number(row?.failures ?? 0), lastFailureAt: Number(row?.failed ?? 0), lastSuccessAt: Number(row?.succeeded ?? 0) },
      strangerFailuresLastHour: Number(row?.strangers ?? 0),
    };
  }

  async recordFailure(account: string, address: string, stranger: boolean, now: number): Promise<void> {
    await this.database.run(async (tx) => {
      await tx.execute(
        `INSERT INTO sign_in_attempts (account, address, failures, last_failure_at) VALUES ($1, $2, 1, $3)
           ON CONFLICT (account, address) DO UPDATE SET failures = sign_in_attempts.failures + 1, last_failure_at = $3`,
        [account, address, now],
      );
      if (!stranger) return;
      await tx.execute(
        `INSERT INTO sign_in_stranger_failures (account, hour, failures) VALUES ($1, $2, 1)
           ON CONFLICT (account, hour) DO UPDATE SET failures = sign_in_stranger_failures.failures + 1`,
        [account, Math.floor(now / HOUR_MS)],
      );
    });
  }

  async recordSuccess(tx: Tx, account: string, address: string, now: number): Promise<void> {
    await tx.execute(
      `INSERT INTO sign_in_attempts (account, address, last_success_at) VALUES ($1, $2, $3)
         ON CONFLICT (account, address) DO UPDATE SET failures = 0, last_success_at = $3`,
      [account, address, now],
    );
  }

  async openSession(tx: Tx, { id, account, issuedAt, expiresAt }: Parameters<AccessStore['openSession']>[1]): Promise<void> {
    await tx.execute('INSERT INTO session (id, account, issued_at, expires_at) VALUES ($1, $2, $3, $4)', [id, account, instant(issuedAt), instant(expiresAt)]);
  }

  async endSession(tx: Tx, session: string, now: number): Promise<void> {
    await tx.execute('UPDATE session SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL', [session, instant(now)]);
  }

  async principal(session: string, now: number): Promise<Principal | undefined> {
    const [row] = await this.database.query<Omit<Principal, 'expiresAt'> & { readonly expiresAt: Date }>(
      `SELECT session.id AS session, account.account, title, person, account.platform, account.tier, roles, expires_at AS "expiresAt",
              ARRAY(WITH RECURSIVE reach (id, level) AS (
                      SELECT account.platform, 1
                      UNION
                      SELECT platform.id, level + 1 FROM platform JOIN reach ON platform.parent = reach.id WHERE level < 16
                    ) SELECT DISTINCT id FROM reach) AS platforms
         FROM session JOIN account USING (account)
        WHERE session.id = $1 AND ended_at IS NULL AND expires_at > $2`,
      [session, instant(now)],
    );
    return row === undefined ? undefined : { ...row, expiresAt: row.expiresAt.getTime() };
  }

  async addAccounts(tx: Tx, accounts: Parameters<AccessStore['addAccounts']>[1]): Promise<void> {
    const rows = accounts.map(({ account, platform, person, title, passwordHash }) => ({ account, platform, person, title, password_hash: passwordHash }));
    await tx.execute(
      `INSERT INTO account (account, platform, person, title, password_hash, tier)
         SELECT account, platform, person, title, password_hash, 'village' FROM json_populate_recordset(NULL::account, $1::json)`,
      [JSON.stringify(rows)],
    );
  }

  async setRoles(tx: Tx, platform: PlatformId, tier: Tier, persons: readonly { readonly id: PersonId; readonly roles: readonly Role[] }[]): Promise<void> {
    await tx.execute(
      `UPDATE account SET tier = $2, roles = coalesce((
           SELECT ARRAY(SELECT json_array_elements_text(given->'roles')) FROM json_array_elements($3::json) AS listed (given) WHERE given->>'id' = account.person
         ), '{}') WHERE platform = $1`,
      [platform, tier, JSON.stringify(persons)],
    );
  }

  async dropRoles(tx: Tx, standing: readonly PlatformId[]): Promise<void> {
    await tx.execute("UPDATE account SET roles = '{}' WHERE NOT platform = ANY($1) AND roles <> '{}'", [standing]);
  }

  async erase(tx: Tx, platform: PlatformId, person: PersonId): Promise<number | 'standing'> {
    const rows = await tx.query<{ readonly account: string; readonly standing: boolean }>(
      "SELECT account, roles <> '{}' AS standing FROM account WHERE platform = $1 AND person = $2 FOR UPDATE", [platform, person],
    );
    if (rows.some(({ standing }) => standing)) return 'standing';
    const names = rows.map(({ account }) => account);
    for (const table of ['sign_in_attempts', 'sign_in_stranger_failures', 'account']) await tx.execute(`DELETE FROM ${table} WHERE account = ANY ($1)`, [names]);
    return names.length;
  }

  async sweep(now: number): Promise<void> {
    await this.database.query('DELETE FROM session WHERE expires_at < $1', [instant(now - DAY_MS)]);
    await this.database.query('DELETE FROM sign_in_attempts WHERE greatest(last_failure_at, last_success_at) < $1', [now - KEEP_ATTEMPTS_DAYS * DAY_MS]);
    await this.database.query('DELETE FROM sign_in_stranger_failures WHERE hour < $1', [Math.floor(now / HOUR_MS) - 2]);
  }
}
