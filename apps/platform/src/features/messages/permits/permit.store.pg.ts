import type { Digest, MessageId, PersonId, PlatformId } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import type { Database, Tx } from '../../../kernel/database';
import type { Scope } from '../../../kernel/scope';
import { storedEnvelope } from '../stored-envelope';
import type { PermitRecord, PermitStore } from './permit.store';

interface PermitRow {
  readonly digest: string;
  readonly platform: string;
  readonly envelope: string;
  readonly withdrawn_by: string | null;
  readonly withdrawn_at: string | null;
}

const IN_SCOPE = '($1::text[] IS NULL OR platform = ANY($1))';
const SELECT = `SELECT digest, platform, envelope, withdrawn_by, withdrawn_at FROM permit WHERE ${IN_SCOPE}`;

export class PgPermitStore implements PermitStore {
  constructor(private readonly database: Database) {}

  async list(scope: Scope, count: number): Promise<readonly PermitRecord[]> {
    return (await this.database.query<PermitRow>(`${SELECT} ORDER BY posted_at DESC, digest LIMIT $2`, [scope.platforms, count])).map(recordOf);
  }

  async find(scope: Scope, digest: Digest, tx?: Tx): Promise<PermitRecord | undefined> {
    const [row] = await (tx ?? this.database).query<PermitRow>(`${SELECT} AND digest = $2`, [scope.platforms, digest]);
    return row === undefined ? undefined : recordOf(row);
  }

  async lock(scope: Scope, tx: Tx, digest: Digest): Promise<PermitRecord | undefined> {
    const [row] = await tx.query<PermitRow>(`${SELECT} AND digest = $2 FOR UPDATE`, [scope.platforms, digest]);
    return row === undefined ? undefined : recordOf(row);
  }

  async insert(_scope: Scope, tx: Tx, { digest, platform, envelope }: Omit<PermitRecord, 'withdrawn'>, at: number): Promise<boolean> {
    return await tx.execute('INSERT INTO permit (digest, platform, envelope, posted_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING', [digest, platform, JSON.stringify(envelope), at]) === 1;
  }

  async sign(scope: Scope, tx: Tx, digest: Digest, envelope: Envelope): Promise<void> {
    await tx.execute(`UPDATE permit SET envelope = $3 WHERE ${IN_SCOPE} AND digest = $2`, [scope.platforms, digest, JSON.stringify(envelope)]);
  }

  async withdraw(scope: Scope, tx: Tx, digest: Digest, by: PersonId, at: number): Promise<void> {
    await tx.execute(`UPDATE permit SET withdrawn_by = $3, withdrawn_at = $4 WHERE ${IN_SCOPE} AND digest = $2`, [scope.platforms, digest, by, at]);
  }

  async use(_scope: Scope, tx: Tx, { message, permit, beginsAt }: { readonly message: MessageId; readonly permit: Digest; readonly beginsAt: number }): Promise<void> {
    await tx.execute('INSERT INTO permit_use (message, permit, begins_at) VALUES ($1, $2, $3)', [message, permit, beginsAt]);
  }

  async usesSince(scope: Scope, digest: Digest, since: number, tx?: Tx): Promise<readonly number[]> {
    const rows = await (tx ?? this.database).query<{ begins_at: string }>(
      `SELECT u.begins_at FROM permit_use u JOIN permit p ON p.digest = u.permit WHERE ($1::text[] IS NULL OR p.platform = ANY($1)) AND u.permit = $2 AND u.begins_at >= $3`,
      [scope.platforms, digest, since],
    );
    return rows.map(({ begins_at: at }) => Number(at));
  }
}

function recordOf(row: PermitRow): PermitRecord {
  return {
    digest: row.digest as Digest, platform: row.platform as PlatformId, envelope: storedEnvelope(row.envelope),
    withdrawn: row.withdrawn_by === null || row.withdrawn_at === null ? null : { by: row.withdrawn_by as PersonId, at: Number(row.withdrawn_at) },
  };
}
