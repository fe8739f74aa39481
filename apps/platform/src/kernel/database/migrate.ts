import { createHash } from 'node:crypto';
import { Client } from 'pg';
import { operationalError } from '../errors';
import { withCode } from './database-errors';

/**
 * One step of the schema. `name` is "<feature>/<NNNN-name>" and never changes; `sql` may hold several statements.
 * A table made here can be read and written by the run-time role; take away what it must not do (REVOKE).
 */
export interface Migration {
  readonly name: string;
  readonly sql: string;
}

/** Any number; all of our servers on one database wait for the same lock. */
const LOCK = 4_202_311;

const digest = (sql: string): string => createHash('sha256').update(sql).digest('hex');

/**
 * Applies, in the list's order and each in a transaction of its own, what this database has not seen.
 * Safe to call from several processes at once. Returns the names applied.
 * Refuses with MIGRATION_CHANGED when an applied one reads differently now, MIGRATION_UNKNOWN when the database is
 * newer than the program, MIGRATION_FAILED with the name.
 */
export async function migrate(ownerUrl: string, migrations: readonly Migration[]): Promise<readonly string[]> {
  const client = new Client({ connectionString: ownerUrl, connectionTimeoutMillis: 10_000, application_name: 'clarion-migrate' });
  try {
    await client.connect();
  } catch (cause) {
    throw withCode(cause);
  }
  try {
    await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
    await client.query(
      'CREATE TABLE IF NOT EXISTS schema_migration (name text PRIMARY KEY, digest text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())',
    );
    const { rows } = await client.query('SELECT name, digest FROM schema_migration');
    const applied = new Map<string, string>(rows.map((row) => [String(row.name), String(row.digest)]));
    requireSame(applied, migrations);
    const missing = migrations.filter(({ name }) => !applied.has(name));
    for (const migration of missing) await applyOne(client, migration);
    return missing.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

function requireSame(applied: ReadonlyMap<string, string>, migrations: readonly Migration[]): void {
  for (const { name, sql } of migrations) {
    const before = applied.get(name);
    if (before !== undefined && before !== digest(sql)) {
      throw operationalError('MIGRATION_CHANGED', `The migration ${name} was changed after it had been applied. Use a new database or restore the file.`);
    }
  }
  const names = new Set(migrations.map(({ name }) => name));
  const unknown = [...applied.keys()].filter((name) => !names.has(name));
  if (unknown.length > 0) {
    throw operationalError('MIGRATION_UNKNOWN', `The database is newer than this program; it holds ${unknown.join(', ')}.`);
  }
}

async function applyOne(client: Client, { name, sql }: Migration): Promise<void> {
  try {
    await client.query('BEGIN');
    await client.query(sql);
    await client.query('INSERT INTO schema_migration (name, digest) VALUES ($1, $2)', [name, digest(sql)]);
    await client.query('COMMIT');
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw operationalError('MIGRATION_FAILED', `The migration ${name} failed: ${cause instanceof Error ? cause.message : 'unknown'}`, { cause });
  }
}
