import { DataSource, type EntitySchema } from 'typeorm';
import { mayRunAgain, withCode } from './database-errors';
import { APP_ROLE } from './roles';
import { txOf, type Tx } from './tx';

export interface DatabaseOptions {
  /** Run-time address. Whoever signs in, the connection takes the role clarion_app (migrations come first). */
  readonly url: string;
  /** TypeORM entities (`*.row.ts`) of the features; none is needed for stores that write SQL. */
  readonly rows?: readonly RowClass[];
  readonly poolSize?: number;
  /** Name shown in pg_stat_activity. */
  readonly name?: string;
}

/** A TypeORM entity class or schema, as DataSource takes it. */
export type RowClass = Function | EntitySchema;

export interface TransactionOptions {
  readonly isolation?: 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';
  readonly readOnly?: boolean;
}

/** Runs work in transactions. Features get this injected under the token DATABASE or TRANSACTIONS. */
export interface Transactions {
  /**
   * Commits what `work` did, or nothing when it throws. Runs again (at most 3 times) when PostgreSQL reports a lost
   * race or a deadlock, so `work` has no effect outside `tx`. Throws DATABASE_UNAVAILABLE or DATABASE_TIMEOUT.
   */
  run<T>(work: (tx: Tx) => Promise<T>, options?: TransactionOptions): Promise<T>;
}

export interface Database extends Transactions {
  /** Rows of one statement outside any transaction of ours. */
  query<Row = Record<string, unknown>>(sql: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
  /** The address it was opened with: for LISTEN, which needs a connection of its own. */
  readonly url: string;
  close(): Promise<void>;
}

const ATTEMPTS = 3;

/**
 * Opens a pool. Time limits: 5 s to connect, 15 s a statement, 5 s for a lock, 30 s idle inside a transaction;
 * a caller never waits for ever.
 */
export async function createDatabase(options: DatabaseOptions): Promise<Database> {
  const source = new DataSource({
    type: 'postgres',
    url: options.url,
    entities: [...(options.rows ?? [])],
    synchronize: false,
    logging: false,
    applicationName: options.name ?? 'clarion',
    extra: {
      max: options.poolSize ?? 10,
      connectionTimeoutMillis: 5_000,
      idleTimeoutMillis: 30_000,
      statement_timeout: 15_000,
      lock_timeout: 5_000,
      idle_in_transaction_session_timeout: 30_000,
      // A site that gives only its owner's address still runs without the owner's rights.
      options: `-c role=${APP_ROLE}`,
    },
    poolErrorHandler: () => {
      // An idle connection was lost; the pool drops it, and the next caller gets a coded error or a new connection.
    },
  });
  try {
    await source.initialize();
  } catch (cause) {
    throw withCode(cause);
  }
  return databaseOf(source, options.url);
}

function databaseOf(source: DataSource, url: string): Database {
  return {
    url,
    run: (work, options) => runAgainOnLostRace(() => once(source, work, options)),
    async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<readonly Row[]> {
      const runner = source.createQueryRunner();
      try {
        return await txOf(runner).query<Row>(sql, parameters);
      } catch (cause) {
        throw withCode(cause);
      } finally {
        await runner.release();
      }
    },
    close: () => source.destroy(),
  };
}

async function once<T>(source: DataSource, work: (tx: Tx) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
  const runner = source.createQueryRunner();
  try {
    await runner.startTransaction(options.isolation ?? 'READ COMMITTED');
    if (options.readOnly === true) await runner.query('SET TRANSACTION READ ONLY');
    const answer = await work(txOf(runner));
    await runner.commitTransaction();
    return answer;
  } catch (cause) {
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
    throw withCode(cause);
  } finally {
    await runner.release().catch(() => undefined);
  }
}

async function runAgainOnLostRace<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (cause) {
      if (attempt >= ATTEMPTS || !mayRunAgain(cause)) throw cause;
    }
  }
}
