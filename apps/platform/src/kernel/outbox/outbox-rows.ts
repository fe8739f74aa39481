import type { Database } from '../database/database';
import { errorCode } from '../errors';

/** A claimed row: this process has it until the lease ends. */
export interface ClaimedRow {
  readonly id: string;
  readonly topic: string;
  readonly payload: unknown;
  readonly attempts: number;
  readonly createdAt: number;
}

interface StoredRow {
  readonly id: string;
  readonly topic: string;
  readonly payload: unknown;
  readonly attempts: number;
  readonly created_at: Date;
}

/** Takes up to `count` due rows of a topic, oldest first; rows another worker holds are stepped over. */
export async function claimRows(database: Database, topic: string, count: number, leaseMs: number): Promise<readonly ClaimedRow[]> {
  const rows = await database.query<StoredRow>(
    `UPDATE outbox SET lease_until = now() + $3 * interval '1 millisecond', attempts = attempts + 1
      WHERE id IN (SELECT id FROM outbox
                    WHERE topic = $1 AND state = 'waiting' AND due_at <= now() AND (lease_until IS NULL OR lease_until < now())
                    ORDER BY due_at, id LIMIT $2 FOR UPDATE SKIP LOCKED)
      RETURNING id, topic, payload, attempts, created_at`,
    [topic, count, leaseMs],
  );
  return rows
    .map((row) => ({ id: row.id, topic: row.topic, payload: row.payload, attempts: row.attempts, createdAt: row.created_at.getTime() }))
    .sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
}

/** Keeps a row longer. `attempts` is the fence: once somebody else claimed it, it is not ours any more. */
export async function renewLease(database: Database, row: ClaimedRow, leaseMs: number): Promise<void> {
  await database.query(`UPDATE outbox SET lease_until = now() + $3 * interval '1 millisecond' WHERE id = $1 AND attempts = $2 AND state = 'waiting'`, [row.id, row.attempts, leaseMs]);
}

export async function finishRow(database: Database, row: ClaimedRow): Promise<void> {
  await database.query("UPDATE outbox SET state = 'done', done_at = now(), lease_until = NULL WHERE id = $1", [row.id]);
}

/** Gives a row back for a later attempt. A row is never given up: what was accepted is not lost. */
export async function postponeRow(database: Database, row: ClaimedRow, cause: unknown, delayMs: number): Promise<void> {
  await database.query(
    `UPDATE outbox SET lease_until = NULL, due_at = now() + $3 * interval '1 millisecond', last_error = $4
      WHERE id = $1 AND attempts = $2 AND state = 'waiting'`,
    [row.id, row.attempts, delayMs, errorCode(cause) ?? 'UNEXPECTED'],
  );
}

/** Milliseconds until the next row of these topics is due or its lease ends; null when none waits. */
export async function nextDueMs(database: Database, topics: readonly string[]): Promise<number | null> {
  const [row] = await database.query<{ readonly ms: number | null }>(
    `SELECT ceil(extract(epoch FROM min(greatest(due_at, coalesce(lease_until, due_at))) - now()) * 1000)::int AS ms
       FROM outbox WHERE state = 'waiting' AND topic = ANY($1)`,
    [topics],
  );
  return row?.ms ?? null;
}
