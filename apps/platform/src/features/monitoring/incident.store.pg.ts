import { incidentViewSchema, type IncidentView, type PlatformId } from '#libs/contracts';
import type { Cause } from '#libs/domain';
import { notify, type Database, type Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import type { IncidentFilter, IncidentRecord, IncidentStore } from './incident.store';

/** Wakes the live feed. */
export const INCIDENT_CHANNEL = 'incident';

/** Any number that nobody else locks: gathering is one lock for all. */
const GATHERING = 7_240_231;

interface IncidentRow {
  readonly id: string;
  readonly platform: string;
  readonly kind: string;
  readonly cause: string;
  readonly signer: string | null;
  readonly state: string;
  readonly first_at: string;
  readonly last_at: string;
  readonly count: number;
  readonly terminals: readonly string[];
  readonly witnesses: readonly string[];
  readonly codes: readonly string[];
  readonly subjects: readonly string[];
  readonly key_ids: readonly string[];
  readonly posture_until: string | null;
  readonly handled_by: string | null;
  readonly handled_at: string | null;
  readonly note: string;
  readonly last_batch: string;
}

const COLUMNS = 'id, platform, kind, cause, signer, state, first_at, last_at, count, terminals, witnesses, codes, subjects, key_ids, posture_until, handled_by, handled_at, note, last_batch';

export class PgIncidentStore implements IncidentStore {
  constructor(private readonly database: Database) {}

  async lockGathering(_scope: Scope, tx: Tx): Promise<void> {
    await tx.query('SELECT pg_advisory_xact_lock($1)', [GATHERING]);
  }

  async newest(_scope: Scope, tx: Tx, platform: PlatformId, { kind, cause }: Pick<Cause, 'kind' | 'cause'>): Promise<IncidentRecord | undefined> {
    const [row] = await tx.query<IncidentRow>(
      `SELECT ${COLUMNS} FROM incident WHERE platform = $1 AND kind = $2 AND cause = $3 AND state <> 'closed' ORDER BY last_at DESC, id DESC LIMIT 1 FOR UPDATE`,
      [platform, kind, cause],
    );
    return row === undefined ? undefined : recordOf(row);
  }

  async insert(_scope: Scope, tx: Tx, incident: IncidentRecord): Promise<void> {
    await tx.execute(
      `INSERT INTO incident (id, platform, kind, cause, signer, first_at, last_at, count, terminals, witnesses, codes, subjects, key_ids, posture_until, last_batch)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
      [incident.id, incident.platform, incident.kind, incident.cause, incident.signer, ...traceOf(incident)],
    );
    await notify(tx, INCIDENT_CHANNEL);
  }

  async update(_scope: Scope, tx: Tx, incident: IncidentRecord): Promise<void> {
    await tx.execute(
      `UPDATE incident SET first_at = $2, last_at = $3, count = $4, terminals = $5, witnesses = $6, codes = $7, subjects = $8, key_ids = $9, posture_until = $10, last_batch = $11 WHERE id = $1`,
      [incident.id, ...traceOf(incident)],
    );
    await notify(tx, INCIDENT_CHANNEL);
  }

  async list(scope: Scope, { all, count }: IncidentFilter): Promise<readonly IncidentView[]> {
    const rows = await this.database.query<IncidentRow>(
      `SELECT ${COLUMNS} FROM incident WHERE ($1::text[] IS NULL OR platform = ANY($1)) AND ($2 OR state <> 'closed') ORDER BY last_at DESC, id DESC LIMIT $3`,
      [scope.platforms, all, count],
    );
    return rows.map(viewOf);
  }

  async lock(scope: Scope, tx: Tx, id: string): Promise<IncidentView | undefined> {
    const [row] = await tx.query<IncidentRow>(
      `SELECT ${COLUMNS} FROM incident WHERE ($1::text[] IS NULL OR platform = ANY($1)) AND id = $2 FOR UPDATE`,
      [scope.platforms, id],
    );
    return row === undefined ? undefined : viewOf(row);
  }

  async handle(_scope: Scope, tx: Tx, { id, state, handledBy, handledAt, note }: Parameters<IncidentStore['handle']>[2]): Promise<void> {
    await tx.execute('UPDATE incident SET state = $2, handled_by = $3, handled_at = $4, note = $5 WHERE id = $1', [id, state, handledBy, handledAt, note]);
    await notify(tx, INCIDENT_CHANNEL);
  }
}

function traceOf({ firstAt, lastAt, count, terminals, witnesses, codes, subjects, keyIds, postureUntil, lastBatch }: IncidentRecord): readonly unknown[] {
  return [firstAt, lastAt, count, terminals, witnesses, codes, subjects, keyIds, postureUntil, lastBatch];
}

function viewOf(row: IncidentRow): IncidentView {
  return incidentViewSchema.parse({
    id: row.id, platform: row.platform, kind: row.kind, cause: row.cause, state: row.state, firstAt: Number(row.first_at), lastAt: Number(row.last_at), count: row.count,
    terminals: row.terminals, codes: row.codes, subjects: row.subjects, keyIds: row.key_ids, postureUntil: numberOf(row.posture_until),
    handledBy: row.handled_by, handledAt: numberOf(row.handled_at), note: row.note,
  });
}

function recordOf(row: IncidentRow): IncidentRecord {
  const { id, platform, kind, cause, state, firstAt, lastAt, count, terminals, codes, subjects, keyIds, postureUntil } = viewOf(row);
  return {
    id, platform, kind, cause, state, firstAt, lastAt, count, terminals, codes, subjects, keyIds, postureUntil,
    signer: row.signer as IncidentRecord['signer'], witnesses: row.witnesses, lastBatch: row.last_batch,
  };
}

function numberOf(text: string | null): number | null {
  return text === null ? null : Number(text);
}
