import type { Envelope } from '#libs/envelope';
import type { Database, Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import { storedEnvelope } from '../messages';
import type { Recorded } from './recorded';
import type { IsolateStore } from './isolate.store';

export class PgIsolateStore implements IsolateStore {
  constructor(private readonly database: Database) {}

  async insert(_scope: Scope, tx: Tx, { isolate, digest, envelope }: Parameters<IsolateStore['insert']>[2], at: number): Promise<Recorded> {
    const inserted = await tx.execute(
      `INSERT INTO isolate (id, platform, area, digest, issued_at, not_after, envelope, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
      [isolate.isolateId, isolate.platform, isolate.area, digest, isolate.issuedAt, isolate.notAfter, JSON.stringify(envelope), at],
    );
    if (inserted === 1) return 'new';
    const same = await tx.query('SELECT 1 FROM isolate WHERE digest = $1', [digest]);
    return same.length > 0 ? 'known' : 'taken';
  }

  async inForce(scope: Scope, now: number): Promise<readonly Envelope[]> {
    const rows = await this.database.query<{ envelope: string }>(
      'SELECT envelope FROM isolate WHERE ($1::text[] IS NULL OR platform = ANY($1)) AND not_after > $2 ORDER BY issued_at DESC, id',
      [scope.platforms, now],
    );
    return rows.map(({ envelope }) => storedEnvelope(envelope));
  }
}
