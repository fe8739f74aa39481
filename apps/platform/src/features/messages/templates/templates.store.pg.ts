import { personIdSchema, templateBodySchema, type PersonId, type PlatformId } from '#libs/contracts';
import type { Database, Tx } from '../../../kernel/database';
import type { Scope } from '../../../kernel/scope';
import type { TemplateStore, WrittenTemplate } from './templates.store';

interface VersionRow {
  readonly id: string;
  readonly version: number;
  readonly body: string;
  readonly written_by: string;
  readonly written_at: string;
}

const IN_SCOPE = '($1::text[] IS NULL OR platform = ANY($1))';

export class PgTemplateStore implements TemplateStore {
  constructor(private readonly database: Database) {}

  async written(scope: Scope, platform: PlatformId): Promise<readonly WrittenTemplate[]> {
    const rows = await this.database.query<VersionRow>(
      `SELECT id, version, body, written_by, written_at FROM template_version WHERE ${IN_SCOPE} AND platform = $2 ORDER BY id, version`, [scope.platforms, platform],
    );
    return rows.map((row) => ({
      id: row.id, version: row.version, body: templateBodySchema.parse(JSON.parse(row.body)), writtenBy: personIdSchema.parse(row.written_by), writtenAt: Number(row.written_at),
    }));
  }

  async used(scope: Scope, platform: PlatformId): Promise<ReadonlyMap<string, number | null>> {
    const rows = await this.database.query<{ readonly id: string; readonly version: number | null }>(
      `SELECT id, version FROM template_use WHERE ${IN_SCOPE} AND platform = $2`, [scope.platforms, platform],
    );
    return new Map(rows.map(({ id, version }) => [id, version]));
  }

  async add(_scope: Scope, tx: Tx, platform: PlatformId, { id, version, body, writtenBy, writtenAt }: WrittenTemplate): Promise<boolean> {
    const added = await tx.execute(
      'INSERT INTO template_version (platform, id, version, body, written_by, written_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING',
      [platform, id, version, JSON.stringify(body), writtenBy, writtenAt],
    );
    return added === 1;
  }

  async use(_scope: Scope, tx: Tx, platform: PlatformId, id: string, version: number | null, by: PersonId, at: number): Promise<void> {
    await tx.execute(
      `INSERT INTO template_use (platform, id, version, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (platform, id) DO UPDATE SET version = EXCLUDED.version, changed_by = EXCLUDED.changed_by, changed_at = EXCLUDED.changed_at`,
      [platform, id, version, by, at],
    );
  }
}
