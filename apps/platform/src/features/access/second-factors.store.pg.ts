import type { EnrolledKey, KeyView } from '#libs/contracts';
import type { Database, Tx } from '../../kernel/database';
import type { AccountKeyRow, SecondFactorsStore, TotpRow } from './second-factors.store';

export class PgSecondFactorsStore implements SecondFactorsStore {
  constructor(private readonly database: Database) {}

  async totp(account: string): Promise<TotpRow | undefined> {
    const [row] = await this.database.query<{ readonly sealed: string; readonly confirmed: string | null; readonly step: string; readonly next: string | null }>(
      'SELECT sealed, confirmed_at AS confirmed, last_step AS step, next_sealed AS next FROM account_totp WHERE account = $1', [account],
    );
    return row === undefined ? undefined : { sealed: row.sealed, confirmedAt: row.confirmed === null ? null : Number(row.confirmed), lastStep: Number(row.step), nextSealed: row.next };
  }

  async recoveryHash(account: string, number: number): Promise<string | undefined> {
    const [row] = await this.database.query<{ readonly hash: string }>('SELECT hash FROM recovery_code WHERE account = $1 AND number = $2 AND used_at IS NULL', [account, number]);
    return row?.hash;
  }

  async recoveryCodesLeft(account: string): Promise<number> {
    const [row] = await this.database.query<{ readonly left: string }>('SELECT count(*) AS left FROM recovery_code WHERE account = $1 AND used_at IS NULL', [account]);
    return Number(row?.left ?? 0);
  }

  async key(account: string, keyId: string, now: number): Promise<AccountKeyRow | undefined> {
    const [row] = await this.database.query<{ readonly key: EnrolledKey; readonly counter: string }>(
      'SELECT key, counter FROM account_key WHERE account = $1 AND key_id = $2 AND expires_at > $3', [account, keyId, now],
    );
    return row === undefined ? undefined : { key: row.key, counter: Number(row.counter) };
  }

  async keys(account: string, now: number): Promise<readonly KeyView[]> {
    const rows = await this.database.query<{ readonly key: EnrolledKey; readonly name: string; readonly enrolled: string; readonly expires: string; readonly used: string | null }>(
      `SELECT key, name, enrolled_at AS enrolled, expires_at AS expires, used_at AS used FROM account_key
        WHERE account = $1 AND expires_at > $2 ORDER BY enrolled_at, key_id`, [account, now],
    );
    return rows.map(({ key: { keyId, alg }, name, enrolled, expires, used }) => ({
      keyId, alg, name, enrolledAt: Number(enrolled), expiresAt: Number(expires), usedAt: used === null ? null : Number(used),
    }));
  }

  async isEnrolled(account: string): Promise<boolean> {
    const [row] = await this.database.query<{ readonly enrolled: boolean }>(
      `SELECT EXISTS (SELECT 1 FROM account_totp WHERE account = $1 AND confirmed_at IS NOT NULL)
           OR EXISTS (SELECT 1 FROM account_key WHERE account = $1) AS enrolled`, [account],
    );
    return row?.enrolled === true;
  }

  async useStep(tx: Tx, account: string, step: number): Promise<boolean> {
    return (await tx.execute('UPDATE account_totp SET last_step = $2 WHERE account = $1 AND confirmed_at IS NOT NULL AND last_step < $2', [account, step])) === 1;
  }

  async useRecoveryCode(tx: Tx, account: string, number: number, now: number): Promise<boolean> {
    return (await tx.execute('UPDATE recovery_code SET used_at = $3 WHERE account = $1 AND number = $2 AND used_at IS NULL', [account, number, now])) === 1;
  }

  async useChallenge(tx: Tx, challenge: string, expiresAt: number): Promise<boolean> {
    return (await tx.execute('INSERT INTO spent_challenge (challenge, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING', [challenge, expiresAt])) === 1;
  }

  async useKey(tx: Tx, account: string, keyId: string, counter: number, now: number): Promise<boolean> {
    return (await tx.execute(
      `UPDATE account_key SET used_at = $4, counter = $3
        WHERE account = $1 AND key_id = $2 AND expires_at > $4 AND (counter < $3 OR (counter = 0 AND $3 = 0))`, [account, keyId, counter, now],
    )) === 1;
  }

  async offerTotp(tx: Tx, account: string, sealed: string, now: number): Promise<void> {
    await tx.execute(
      `INSERT INTO account_totp (account, sealed, begun_at, next_sealed, next_at) VALUES ($1, $2, $3, $2, $3)
         ON CONFLICT (account) DO UPDATE SET next_sealed = $2, next_at = $3`, [account, sealed, now],
    );
  }

  async confirmTotp(tx: Tx, account: string, sealed: string, step: number, recoveryHashes: readonly string[], now: number): Promise<boolean> {
    const confirmed = await tx.execute(
      `UPDATE account_totp SET sealed = next_sealed, confirmed_at = $4, last_step = $3, next_sealed = NULL, next_at = NULL WHERE account = $1 AND next_sealed = $2`,
      [account, sealed, step, now],
    );
    if (confirmed !== 1) return false;
    await tx.execute('DELETE FROM recovery_code WHERE account = $1', [account]);
    await tx.execute('INSERT INTO recovery_code (account, number, hash) SELECT $1, at - 1, hash FROM unnest($2::text[]) WITH ORDINALITY AS given (hash, at)', [account, recoveryHashes]);
    return true;
  }

  async addKey(tx: Tx, account: string, key: EnrolledKey, name: string, now: number, expiresAt: number): Promise<boolean> {
    // A key that is over makes room for itself.
    await tx.execute('DELETE FROM account_key WHERE account = $1 AND key_id = $2 AND expires_at <= $3', [account, key.keyId, now]);
    return (await tx.execute(
      'INSERT INTO account_key (account, key_id, key, name, enrolled_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING',
      [account, key.keyId, JSON.stringify(key), name, now, expiresAt],
    )) === 1;
  }

  async removeKey(tx: Tx, account: string, keyId: string): Promise<boolean> {
    return (await tx.execute('DELETE FROM account_key WHERE account = $1 AND key_id = $2', [account, keyId])) === 1;
  }

  async forget(tx: Tx, account: string): Promise<{ readonly keys: number; readonly totp: boolean }> {
    await tx.execute('DELETE FROM recovery_code WHERE account = $1', [account]);
    const keys = await tx.execute('DELETE FROM account_key WHERE account = $1', [account]);
    return { keys, totp: (await tx.execute('DELETE FROM account_totp WHERE account = $1', [account])) === 1 };
  }

  async sweep(now: number): Promise<void> {
    await this.database.query('DELETE FROM spent_challenge WHERE expires_at < $1', [now]);
  }
}
