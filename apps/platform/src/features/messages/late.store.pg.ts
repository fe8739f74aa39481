import type { MessageId } from '#libs/contracts';
import type { Database, Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import type { LateStore, OwedSignature, OwedStep } from './late.store';
import { storedEnvelope } from './stored-envelope';

interface OwedRow {
  readonly message: string;
  readonly step: string;
  readonly role: OwedStep['role'];
  readonly unit: string | null;
  readonly missing: number;
  readonly aired_at: string;
  readonly due_at: string;
  readonly platform: string;
  readonly author: string;
  readonly digest: string;
  readonly envelope: string;
}

const MISSING = `l.count - (SELECT count(*)::int FROM approval a WHERE a.message = l.message AND a.step = l.step AND a.decision = 'approve')`;
const OWED = `SELECT l.message, l.step, l.role, l.unit, ${MISSING} AS missing, l.aired_at, l.due_at, m.platform, m.author, m.digest, m.envelope
  FROM late_signature l JOIN message m ON m.id = l.message WHERE ${MISSING} > 0`;

export class PgLateStore implements LateStore {
  constructor(private readonly database: Database) {}

  async owe(_scope: Scope, tx: Tx, message: MessageId, steps: readonly OwedStep[]): Promise<void> {
    for (const { step, role, unit, missing, airedAt, dueAt } of steps) {
      await tx.execute(
        'INSERT INTO late_signature (message, step, role, unit, count, aired_at, due_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING',
        [message, step, role, unit, missing, airedAt, dueAt],
      );
    }
  }

  async owedBy(_scope: Scope, tx: Tx, message: MessageId): Promise<readonly OwedStep[]> {
    return (await tx.query<OwedRow>(`${OWED} AND l.message = $1`, [message])).map(owedOf);
  }

  async owed(scope: Scope, count: number): Promise<readonly OwedSignature[]> {
    const rows = await this.database.query<OwedRow>(`${OWED} AND ($1::text[] IS NULL OR m.platform = ANY($1)) ORDER BY l.due_at, l.message, l.step LIMIT $2`, [scope.platforms, count]);
    return rows.map(owedOf);
  }

  async counts(scope: Scope, now: number): Promise<{ readonly owed: number; readonly overdue: number }> {
    const [row] = await this.database.query<{ owed: number; overdue: number }>(
      `SELECT count(*)::int AS owed, count(*) FILTER (WHERE l.due_at <= $2)::int AS overdue
         FROM late_signature l JOIN message m ON m.id = l.message WHERE ${MISSING} > 0 AND ($1::text[] IS NULL OR m.platform = ANY($1))`,
      [scope.platforms, now],
    );
    return row ?? { owed: 0, overdue: 0 };
  }

  async tellOverdue(_scope: Scope, tx: Tx, now: number): Promise<readonly Pick<OwedSignature, 'message' | 'platform' | 'digest' | 'step'>[]> {
    const rows = await tx.query<Pick<OwedRow, 'message' | 'platform' | 'digest' | 'step'>>(
      `UPDATE late_signature l SET told_at = $1 FROM message m
        WHERE m.id = l.message AND l.told_at IS NULL AND l.due_at <= $1 AND ${MISSING} > 0 RETURNING l.message, l.step, m.platform, m.digest`,
      [now],
    );
    return rows.map((row) => ({ message: row.message as MessageId, step: row.step, platform: row.platform as OwedSignature['platform'], digest: row.digest as OwedSignature['digest'] }));
  }
}

function owedOf(row: OwedRow): OwedSignature {
  return {
    message: row.message as MessageId, step: row.step, role: row.role, unit: row.unit as OwedSignature['unit'], missing: row.missing,
    airedAt: Number(row.aired_at), dueAt: Number(row.due_at), platform: row.platform as OwedSignature['platform'], author: row.author as OwedSignature['author'],
    digest: row.digest as OwedSignature['digest'], envelope: storedEnvelope(row.envelope),
  };
}
