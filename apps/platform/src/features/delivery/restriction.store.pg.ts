import type { Envelope } from '#libs/envelope';
import type { Database, Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import { storedEnvelope } from '../messages';
import type { Recorded } from './recorded';
import type { RestrictionStore } from './restriction.store';

export class PgRestrictionStore implements RestrictionStore {
  constructor(private readonly database: Database) {}

  async insert(_scope: Scope, tx: Tx, { restriction, digest, envelope }: Parameters<RestrictionStore['insert']>[2], at: number): Promise<Recorded> {
    const { restrictionId, platform, area, kind, notBefore, notAfter } = restriction;
    const inserted = await tx.execute(
      'INSERT INTO restriction (id, platform, area, kind, digest, not_before, not_after, envelope, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING',
      [restrictionId, platform, area, kind, digest, notBefore, notAfter, JSON.stringify(envelope), at],
    );
    if (inserted === 1) return 'new';
    const same = await tx.query('SELECT 1 FROM restriction WHERE digest = $1', [digest]);
    return same.length > 0 ? 'known' : 'taken';
  }

  async notOver(scope: Scope, now: number, tx?: Tx): Promise<readonly Envelope[]> {
    const rows = await (tx ?? this.database).query<{ envelope: string }>(
      'SELECT envelope FROM restriction WHERE ($1::text[] IS NULL OR platform = ANY($1)) AND not_after > $2 ORDER BY recorded_at DESC, id',
      [scope.platforms, now],
    );
    return rows.map(({ envelope }) => storedEnvelope(envelope));
  }
}
