import type { EventView } from '#libs/contracts';
import type { Database, Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import type { SecurityEventFact } from './security-events';

export interface NewEvent extends SecurityEventFact {
  readonly id: string;
  readonly receivedAt: number;
  readonly minute: number;
}

interface EventRow {
  readonly id: string;
  readonly at: string;
  readonly received_at: string;
  readonly platform: string;
  readonly terminal: string;
  readonly kind: string;
  readonly code: string;
  readonly subject: string;
  readonly key_ids: readonly string[];
  readonly count: number;
}

/** One statement for all; causes that stand twice in the batch are counted together first. */
export async function insertEvents(tx: Tx, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  await tx.execute(
    `INSERT INTO security_event (id, at, received_at, platform, terminal, kind, code, subject, key_ids, count, minute)
     SELECT (array_agg(e.id))[1], min(e.at), min(e.received_at), e.platform, e.terminal, e.kind, e.code, e.subject,
            string_to_array(min(e.key_ids), ' '), count(*), e.minute
       FROM json_to_recordset($1::json)
            AS e (id uuid, at bigint, received_at bigint, platform text, terminal text, kind text, code text, subject text, key_ids text, minute bigint)
      GROUP BY e.platform, e.terminal, e.kind, e.code, e.subject, e.minute
     ON CONFLICT ON CONSTRAINT security_event_cause DO UPDATE SET count = security_event.count + EXCLUDED.count`,
    [JSON.stringify(events.map((event) => ({
      id: event.id, at: event.at, received_at: event.receivedAt, platform: event.platform, terminal: event.terminal ?? '', kind: event.kind,
      code: event.code ?? '', subject: event.subject ?? '', key_ids: event.keyIds.join(' '), minute: event.minute,
    })))],
  );
}

export async function listEvents(database: Database, scope: Scope, count: number): Promise<readonly EventView[]> {
  const rows = await database.query<EventRow>(
    `SELECT id, at, received_at, platform, terminal, kind, code, subject, key_ids, count FROM security_event
      WHERE $1::text[] IS NULL OR platform = ANY($1) ORDER BY received_at DESC, id DESC LIMIT $2`,
    [scope.platforms, count],
  );
  return rows.map((row) => ({
    id: row.id,
    at: Number(row.at),
    receivedAt: Number(row.received_at),
    terminal: row.terminal === '' ? null : (row.terminal as EventView['terminal']),
    platform: row.platform as EventView['platform'],
    kind: row.kind,
    code: row.code === '' ? null : row.code,
    subject: row.subject === '' ? null : (row.subject as EventView['subject']),
    keyIds: [...row.key_ids],
    count: row.count,
  }));
}
