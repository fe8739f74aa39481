import type { AccountView, PersonId, PlatformId, Role, Tier } from '#libs/contracts';
import type { Database, Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import type { AccessStore, AccountRow, AttemptAnswer, Attempts, FoundSession, PasswordSetup } from './access.store';
import { HOUR_MS } from './throttle';

const DAY_MS = 24 * HOUR_MS;
const KEEP_ATTEMPTS_DAYS = 31;
/** No argon2id string: nothing opens with it. */
const NO_PASSWORD = '';

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

  async list(scope: Scope, now: number, idleSince: number, tx?: Tx): Promise<readonly AccountView[]> {
    const rows = await (tx ?? this.database).query<Omit<AccountView, 'lastSeenAt'> & { readonly lastSeenAt: Date | null }>(
      `SELECT account.account, account.platform, person, title, open.sessions, open.last_seen_at AS "lastSeenAt",
              EXISTS (SELECT 1 FROM account_totp WHERE account_totp.account = account.account AND confirmed_at IS NOT NULL) AS totp,
              (SELECT count(*)::int FROM account_key WHERE account_key.account = account.account AND expires_at > $4) AS keys
         FROM account CROSS JOIN LATERAL (
              SELECT count(*)::int AS sessions, max(last_seen_at) AS last_seen_at FROM session
               WHERE session.account = account.account AND ended_at IS NULL AND expires_at > $2 AND last_seen_at > $3) AS open
        WHERE $1::text[] IS NULL OR platform = ANY ($1::text[]) ORDER BY platform, person, account`,
      [scope.platforms, instant(now), instant(idleSince), Math.trunc(now)],
    );
    return rows.map((row) => ({ ...row, lastSeenAt: row.lastSeenAt?.getTime() ?? null }));
  }

  takeAttempt(account: string, address: string, now: number, judge: (attempts: Attempts) => AttemptAnswer): Promise<AttemptAnswer> {
    return this.database.run(async (tx) => {
      await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`sign-in ${account}`]);
      const answer = judge(await attemptsOf(tx, account, address, now));
      if (answer.waitMs === 0) await recordFailure(tx, account, address, answer.stranger, now);
      return answer;
    });
  }

  takeInSession(session: string, now: number, most: number): Promise<boolean> {
    return this.database.run(async (tx) => (await tx.execute(
      `UPDATE session SET failures = CASE WHEN failing_since <= $3 THEN 1 ELSE failures + 1 END, failing_since = CASE WHEN failing_since <= $3 THEN $2 ELSE failing_since END
        WHERE id = $1 AND ended_at IS NULL AND (failures < $4 OR failing_since <= $3)`, [session, Math.trunc(now), Math.trunc(now) - HOUR_MS, most],
    )) === 1);
  }

  async forgiveInSession(tx: Tx, session: string): Promise<void> {
    await tx.execute('UPDATE session SET failures = failures - 1 WHERE id = $1 AND failures > 0', [session]);
  }

  async recordSuccess(tx: Tx, account: string, address: string, stranger: boolean, now: number): Promise<void> {
    await tx.execute('UPDATE sign_in_attempts SET failures = 0, last_success_at = $3 WHERE account = $1 AND address = $2', [account, address, now]);
    if (stranger) await tx.execute('UPDATE sign_in_stranger_failures SET failures = failures - 1 WHERE account = $1 AND hour = $2', [account, Math.floor(now / HOUR_MS)]);
  }

  async forgetFailures(tx: Tx, account: string): Promise<void> {
    await tx.execute('UPDATE sign_in_attempts SET failures = 0 WHERE account = $1', [account]);
    await tx.execute('DELETE FROM sign_in_stranger_failures WHERE account = $1', [account]);
  }

  async openSession(tx: Tx, { id, account, issuedAt, expiresAt, factor }: Parameters<AccessStore['openSession']>[1]): Promise<void> {
    await tx.execute('INSERT INTO session (id, account, issued_at, expires_at, last_seen_at, factor) VALUES ($1, $2, $3, $4, $3, $5)', [id, account, instant(issuedAt), instant(expiresAt), factor]);
  }

  async endSession(tx: Tx, session: string, now: number): Promise<void> {
    await tx.execute('UPDATE session SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL', [session, instant(now)]);
  }

  async endSessions(tx: Tx, account: string, now: number): Promise<number> {
    await tx.execute('DELETE FROM known_device WHERE account = $1', [account]);
    return tx.execute('UPDATE session SET ended_at = $2 WHERE account = $1 AND ended_at IS NULL AND expires_at > $2', [account, instant(now)]);
  }

  async principal(session: string, now: number, idleSince: number): Promise<FoundSession | undefined> {
    const [row] = await this.database.query<Omit<FoundSession, 'expiresAt' | 'lastSeenAt'> & { readonly expiresAt: Date; readonly lastSeenAt: Date }>(
      `SELECT session.id AS session, account.account, title, person, account.platform, account.tier, session.factor,
              CASE WHEN session.factor = 'enrol' THEN '{}'::text[] ELSE roles END AS roles, expires_at AS "expiresAt", last_seen_at AS "lastSeenAt",
              ARRAY(WITH RECURSIVE reach (id, level) AS (
                      SELECT account.platform, 1
                      UNION
                      SELECT platform.id, level + 1 FROM platform JOIN reach ON platform.parent = reach.id WHERE level < 16
                    ) SELECT DISTINCT id FROM reach) AS platforms
         FROM session JOIN account USING (account)
        WHERE session.id = $1 AND ended_at IS NULL AND expires_at > $2 AND last_seen_at > $3`,
      [session, instant(now), instant(idleSince)],
    );
    return row === undefined ? undefined : { ...row, expiresAt: row.expiresAt.getTime(), lastSeenAt: row.lastSeenAt.getTime() };
  }

  async seen(session: string, now: number): Promise<void> {
    await this.database.query('UPDATE session SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2', [session, instant(now)]);
  }

  async setPassword(tx: Tx, account: string, passwordHash: string): Promise<void> {
    await tx.execute('UPDATE account SET password_hash = $2 WHERE account = $1', [account, passwordHash]);
    await tx.execute('DELETE FROM account_setup WHERE account = $1', [account]);
  }

  async offerSetup(tx: Tx, account: string, { hash, expiresAt }: PasswordSetup): Promise<void> {
    await tx.execute('UPDATE account SET password_hash = $2 WHERE account = $1', [account, NO_PASSWORD]);
    await tx.execute('INSERT INTO account_setup (account, hash, expires_at) VALUES ($1, $2, $3) ON CONFLICT (account) DO UPDATE SET hash = $2, expires_at = $3', [account, hash, expiresAt]);
  }

  async setup(account: string): Promise<PasswordSetup | undefined> {
    const [row] = await this.database.query<{ readonly hash: string; readonly expires_at: string }>('SELECT hash, expires_at FROM account_setup WHERE account = $1', [account]);
    return row === undefined ? undefined : { hash: row.hash, expiresAt: Number(row.expires_at) };
  }

  async useSetup(tx: Tx, account: string, hash: string): Promise<boolean> {
    return (await tx.execute('DELETE FROM account_setup WHERE account = $1 AND hash = $2', [account, hash])) === 1;
  }

  async addAccounts(tx: Tx, accounts: Parameters<AccessStore['addAccounts']>[1]): Promise<void> {
    const rows = accounts.map(({ account, platform, person, title, passwordHash }) => ({ account, platform, person, title, password_hash: passwordHash }));
    await tx.execute(
      `INSERT INTO account (account, platform, person, title, password_hash, tier)
         SELECT account, platform, person, title, password_hash, 'village' FROM json_populate_recordset(NULL::account, $1::json)`,
      [JSON.stringify(rows)],
    );
  }

  async setRoles(tx: Tx, now: number, platform: PlatformId, tier: Tier, persons: readonly { readonly id: PersonId; readonly roles: readonly Role[] }[]): Promise<void> {
    await tx.execute(
      `WITH wanted AS (
         SELECT account, coalesce((
           SELECT ARRAY(SELECT json_array_elements_text(given->'roles')) FROM json_array_elements($3::json) AS listed (given) WHERE given->>'id' = account.person
         ), '{}') AS roles FROM account WHERE platform = $1
       ), changed AS (
         UPDATE account SET tier = $2, roles = wanted.roles FROM wanted
          WHERE account.account = wanted.account AND (account.tier, account.roles) IS DISTINCT FROM ($2, wanted.roles) RETURNING account.account
       ) UPDATE session SET ended_at = $4 FROM changed WHERE session.account = changed.account AND ended_at IS NULL`,
      [platform, tier, JSON.stringify(persons), instant(now)],
    );
  }

  async dropRoles(tx: Tx, now: number, standing: readonly PlatformId[]): Promise<void> {
    await tx.execute(
      `WITH changed AS (UPDATE account SET roles = '{}' WHERE NOT platform = ANY($1) AND roles <> '{}' RETURNING account)
       UPDATE session SET ended_at = $2 FROM changed WHERE session.account = changed.account AND ended_at IS NULL`,
      [standing, instant(now)],
    );
  }

  async erase(tx: Tx, platform: PlatformId, person: PersonId): Promise<readonly string[] | 'standing'> {
    const rows = await tx.query<{ readonly account: string; readonly standing: boolean }>(
      "SELECT account, roles <> '{}' AS standing FROM account WHERE platform = $1 AND person = $2 FOR UPDATE", [platform, person],
    );
    if (rows.some(({ standing }) => standing)) return 'standing';
    const names = rows.map(({ account }) => account);
    for (const table of ['sign_in_attempts', 'sign_in_stranger_failures', 'account']) await tx.execute(`DELETE FROM ${table} WHERE account = ANY ($1)`, [names]);
    return names;
  }

  async sweep(now: number): Promise<void> {
    await this.database.query('DELETE FROM session WHERE expires_at < $1', [instant(now - DAY_MS)]);
    await this.database.query('DELETE FROM sign_in_attempts WHERE greatest(last_failure_at, last_success_at) < $1', [now - KEEP_ATTEMPTS_DAYS * DAY_MS]);
    await this.database.query('DELETE FROM account_setup WHERE expires_at <= $1', [Math.trunc(now)]);
    await this.database.query('DELETE FROM sign_in_stranger_failures WHERE hour < $1', [Math.floor(now / HOUR_MS) - 2]);
  }
}

async function attemptsOf(tx: Tx, account: string, address: string, now: number): Promise<Attempts> {
  const [row] = await tx.query<{ readonly failures: number; readonly failed: string; readonly succeeded: string; readonly strangers: string }>(
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

async function recordFailure(tx: Tx, account: string, address: string, stranger: boolean, now: number): Promise<void> {
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
}
