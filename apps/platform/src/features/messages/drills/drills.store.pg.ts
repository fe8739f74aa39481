import { drillViewSchema, type DrillView, type PersonId } from '#libs/contracts';
import type { Database, Tx } from '../../../kernel/database';
import type { Scope } from '../../../kernel/scope';
import type { DrillStore } from './drills.store';

interface DrillRow {
  readonly id: string;
  readonly platform: string;
  readonly plan: string;
  readonly planned_by: string;
  readonly planned_at: string;
  readonly cancelled_at: string | null;
}

const SELECT = 'SELECT id, platform, plan, planned_by, planned_at, cancelled_at FROM drill WHERE ($1::text[] IS NULL OR platform = ANY($1))';

export class PgDrillStore implements DrillStore {
  constructor(private readonly database: Database) {}

  async add(_scope: Scope, tx: Tx, { id, platform, plannedBy, plannedAt, cancelledAt: _none, ...plan }: DrillView): Promise<void> {
    await tx.execute(
      'INSERT INTO drill (id, platform, plan, opens_at, closes_at, planned_by, planned_at) VALUES ($1, $2, $3, $4, $5, $6, $7)',
      [id, platform, JSON.stringify(plan), plan.opensAt, plan.closesAt, plannedBy, plannedAt],
    );
  }

  async find(scope: Scope, id: string): Promise<DrillView | undefined> {
    const [row] = await this.database.query<DrillRow>(`${SELECT} AND id = $2`, [scope.platforms, id]);
    return row === undefined ? undefined : viewOf(row);
  }

  async list(scope: Scope, count: number): Promise<readonly DrillView[]> {
    return (await this.database.query<DrillRow>(`${SELECT} ORDER BY planned_at DESC, id DESC LIMIT $2`, [scope.platforms, count])).map(viewOf);
  }

  async ahead(scope: Scope, now: number, until: number): Promise<readonly DrillView[]> {
    const rows = await this.database.query<DrillRow>(`${SELECT} AND cancelled_at IS NULL AND closes_at > $2 AND opens_at < $3 ORDER BY opens_at, id`, [scope.platforms, now, until]);
    return rows.map(viewOf);
  }

  async hold(scope: Scope, tx: Tx, id: string): Promise<boolean> {
    return (await tx.query(`${SELECT} AND id = $2 AND cancelled_at IS NULL FOR SHARE`, [scope.platforms, id])).length === 1;
  }

  async cancel(scope: Scope, tx: Tx, id: string, by: PersonId, at: number): Promise<boolean> {
    const changed = await tx.execute(
      'UPDATE drill SET cancelled_by = $3, cancelled_at = $4 WHERE ($1::text[] IS NULL OR platform = ANY($1)) AND id = $2 AND cancelled_at IS NULL', [scope.platforms, id, by, at],
    );
    return changed === 1;
  }
}

function viewOf(row: DrillRow): DrillView {
  const plan: unknown = JSON.parse(row.plan);
  return drillViewSchema.parse({
    ...(typeof plan === 'object' ? plan : {}), id: row.id, platform: row.platform, plannedBy: row.planned_by, plannedAt: Number(row.planned_at),
    cancelledAt: row.cancelled_at === null ? null : Number(row.cancelled_at),
  });
}
