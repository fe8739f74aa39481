import type { EntityManager, QueryRunner } from 'typeorm';

/**
 * One open transaction. Verbs only pass it on; stores (`*.store.pg.ts`) speak SQL through it.
 * Nothing is sent, played or written to a file inside a transaction: that is what the outbox is for.
 */
export interface Tx {
  /** Rows of a statement, with `$1`, `$2` ... for `parameters`. The row's shape is the store's promise. */
  query<Row = Record<string, unknown>>(sql: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
  /** Runs a statement and tells how many rows it changed. */
  execute(sql: string, parameters?: readonly unknown[]): Promise<number>;
  /** TypeORM's manager on this transaction, for stores that use `*.row.ts` entities. */
  readonly manager: EntityManager;
}

/** The transaction of a query runner. */
export function txOf(runner: QueryRunner): Tx {
  return {
    manager: runner.manager,
    async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<readonly Row[]> {
      const result = await runner.query(sql, [...parameters], true);
      return (result.records ?? []) as readonly Row[];
    },
    async execute(sql, parameters = []) {
      const result = await runner.query(sql, [...parameters], true);
      return result.affected ?? 0;
    },
  };
}
