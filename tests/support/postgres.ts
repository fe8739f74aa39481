/**
 * A database for integration tests.
 *
 *   import { useDatabase } from '../../support/postgres';
 *
 *   const db = useDatabase();                       // at the top of a spec or of a describe
 *
 *   it('...', async () => {
 *     await db.database.run(async (tx) => tx.query('SELECT 1'));   // as the server: role clarion_app
 *     await db.asOwner('UPDATE area SET name = $1', ['x']);        // as an attacker with the owner's password
 *     await db.clear();                                            // empties every table
 *   });
 *
 * `db.database` is what the platform gets injected (`Database`, which is also `Transactions`); `db.appUrl` and
 * `db.ownerUrl` are its addresses for a process of its own (CLARION_DATABASE_URL).
 *
 * One embedded PostgreSQL serves every jest process of this repository. It is started by the first suite that needs it,
 * found by the others, and ended, with its folder, 20 s after the last jest process is gone (postgres-keeper.mjs).
 * Each suite gets a fresh database copied from a template that already went through `apps/platform/src/migrations.ts`
 * (or `useDatabase({ migrations })`); it is dropped afterwards.
 */
import { createHash, randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { systemClock } from '../../apps/platform/src/kernel/clock';
import { createDatabase, migrate, type Database, type Migration, type RowClass } from '../../apps/platform/src/kernel/database';
import { allowAppLogin, appUrl } from '../../apps/platform/src/kernel/database';
import { migrations as allMigrations } from '../../apps/platform/src/migrations';
import { leasedCluster, withClusterLock, type Cluster } from './postgres-cluster';

export interface TestDatabase {
  /** The database as the running server sees it (role clarion_app). Valid from beforeAll on. */
  readonly database: Database;
  readonly appUrl: string;
  readonly ownerUrl: string;
  /** One statement as the role that owns the tables, past every limit of the server's own role. */
  asOwner<Row = Record<string, unknown>>(sql: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
  /** Empties every table but keeps the schema. */
  clear(): Promise<void>;
}

export interface UseDatabaseOptions {
  readonly migrations?: readonly Migration[];
  readonly rows?: readonly RowClass[];
}

/** Registers beforeAll and afterAll; see the top of the file. */
export function useDatabase(options: UseDatabaseOptions = {}): TestDatabase {
  let open: OpenDatabase | undefined;
  const current = (): OpenDatabase => {
    if (open === undefined) throw new Error('useDatabase: the database is there from beforeAll on');
    return open;
  };
  beforeAll(async () => {
    open = await openTestDatabase(options);
  }, 60_000);
  afterAll(async () => {
    await open?.close();
  }, 30_000);
  return {
    get database() {
      return current().database;
    },
    get appUrl() {
      return current().appUrl;
    },
    get ownerUrl() {
      return current().ownerUrl;
    },
    asOwner: (sql, parameters) => asOwner(current().ownerUrl, sql, parameters),
    clear: () => clear(current().ownerUrl),
  };
}

export interface OpenDatabase {
  readonly database: Database;
  readonly appUrl: string;
  readonly ownerUrl: string;
  close(): Promise<void>;
}

/** The same without jest's hooks, for benchmarks and tools; the caller closes it. */
export async function openTestDatabase(options: UseDatabaseOptions = {}): Promise<OpenDatabase> {
  const cluster = await leasedCluster();
  const template = await ensureTemplate(cluster, options.migrations ?? allMigrations);
  const name = `test_${randomBytes(8).toString('hex')}`;
  await asOwner(cluster.url('postgres'), `CREATE DATABASE ${name} TEMPLATE ${template}`);
  const ownerUrl = cluster.url(name);
  const url = appUrl(ownerUrl, cluster.appPassword);
  const database = await createDatabase({ url, rows: options.rows ?? [], poolSize: 8, name: 'clarion-test' });
  return {
    database,
    appUrl: url,
    ownerUrl,
    async close() {
      await database.close();
      await asOwner(cluster.url('postgres'), `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

/** A migrated database nobody is connected to, one for each state of the migrations. */
async function ensureTemplate(cluster: Cluster, migrations: readonly Migration[]): Promise<string> {
  const name = `template_${createHash('sha256').update(JSON.stringify(migrations)).digest('hex').slice(0, 16)}`;
  return withClusterLock(async () => {
    const admin = cluster.url('postgres');
    const ready = await asOwner(admin, 'SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (ready.length > 0) return name;
    const part = `${name}_part`;
    await asOwner(admin, `DROP DATABASE IF EXISTS ${part} WITH (FORCE)`);
    await asOwner(admin, `CREATE DATABASE ${part}`);
    await migrate(cluster.url(part), migrations);
    const roles = await asOwner(admin, "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'clarion_app'");
    if (roles[0]?.['rolcanlogin'] === false) await allowAppLogin(admin, cluster.appPassword);
    await asOwner(admin, `ALTER DATABASE ${part} RENAME TO ${name}`);
    return name;
  });
}

async function asOwner<Row = Record<string, unknown>>(url: string, sql: string, parameters: readonly unknown[] = []): Promise<readonly Row[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query(sql, [...parameters]);
    return rows as readonly Row[];
  } finally {
    await client.end();
  }
}

async function clear(ownerUrl: string): Promise<void> {
  const tables = await asOwner(ownerUrl, "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_migration'");
  if (tables.length > 0) await asOwner(ownerUrl, `TRUNCATE ${tables.map((table) => String(table['name'])).join(', ')} CASCADE`);
}

/** The clock most integration tests want. */
export const clock = systemClock;
