import { Client, type QueryResultRow } from 'pg';

export type Query = <R extends QueryResultRow>(text: string, values?: readonly unknown[]) => Promise<readonly R[]>;

/** Works as whoever holds this database address: the thief who has the owner's password. */
export async function sqlAs<T>(address: string, work: (query: Query) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: address });
  await client.connect();
  try {
    return await work(async <R extends QueryResultRow>(text: string, values: readonly unknown[] = []) => (await client.query<R>(text, [...values])).rows);
  } finally {
    await client.end();
  }
}
