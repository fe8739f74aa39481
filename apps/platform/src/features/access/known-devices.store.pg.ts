import type { Database, Tx } from '../../kernel/database';
import type { KnownDevicesStore } from './known-devices.store';
import { HOUR_MS } from './throttle';

export class PgKnownDevicesStore implements KnownDevicesStore {
  constructor(private readonly database: Database) {}

  async take(account: string, hash: string, now: number, most: number): Promise<boolean> {
    // One statement: of many tries at the same moment each sees the one before.
    return this.database.run(async (tx) => (await tx.execute(
      `UPDATE known_device SET failures = CASE WHEN failing_since <= $4 THEN 1 ELSE failures + 1 END, failing_since = CASE WHEN failing_since <= $4 THEN $3 ELSE failing_since END
        WHERE account = $1 AND hash = $2 AND expires_at > $3 AND (failures < $5 OR failing_since <= $4)`, [account, hash, now, now - HOUR_MS, most],
    )) === 1);
  }

  async forgive(tx: Tx, account: string, hash: string): Promise<void> {
    await tx.execute('UPDATE known_device SET failures = failures - 1 WHERE account = $1 AND hash = $2 AND failures > 0', [account, hash]);
  }

  async keep(tx: Tx, account: string, hash: string, now: number, expiresAt: number): Promise<boolean> {
    await tx.execute('DELETE FROM known_device WHERE account = $1 AND hash = $2 AND once', [account, hash]);
    return (await tx.execute('UPDATE known_device SET used_at = $3, expires_at = $4 WHERE account = $1 AND hash = $2 AND expires_at > $3', [account, hash, now, expiresAt])) === 1;
  }

  async add(tx: Tx, account: string, { hash, now, expiresAt, once }: Parameters<KnownDevicesStore['add']>[2], most: number): Promise<void> {
    await tx.execute(
      `DELETE FROM known_device WHERE account = $1 AND hash NOT IN (
         SELECT hash FROM known_device WHERE account = $1 AND expires_at > $2 ORDER BY once DESC, used_at DESC NULLS LAST, made_at DESC, hash LIMIT $3)`, [account, now, most - 1],
    );
    await tx.execute('INSERT INTO known_device (account, hash, made_at, expires_at, once) VALUES ($1, $2, $3, $4, $5)', [account, hash, now, expiresAt, once]);
  }

  async sweep(now: number): Promise<void> {
    await this.database.query('DELETE FROM known_device WHERE expires_at <= $1', [Math.trunc(now)]);
  }
}
