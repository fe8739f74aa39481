import type { PlatformId } from '#libs/contracts';
import type { Database, Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import type { AcceptedDocument, AuthorityStore, DocumentWord, StoredDocument } from './authority.store';

/** Any number, the same in every server on this database. */
const DOCUMENTS_LOCK = 4_202_313;

/**
 * Documents are read unscoped on purpose: a terminal's lineage reaches above any scope, and what is signed for all is
 * no secret. The scope is still asked for, so that no caller forgets to say who it is.
 */
export class PgAuthorityStore implements AuthorityStore {
  constructor(private readonly database: Database) {}

  async lockDocuments(_scope: Scope, tx: Tx): Promise<void> {
    await tx.query('SELECT pg_advisory_xact_lock($1)', [DOCUMENTS_LOCK]);
  }

  async documentsAfter(_scope: Scope, place: number, tx?: Tx): Promise<readonly StoredDocument[]> {
    const rows = await (tx ?? this.database).query<{ readonly place: string; readonly envelope: string; readonly acceptedAt: string }>(
      'SELECT place, envelope, accepted_at AS "acceptedAt" FROM trust_document WHERE place > $1 ORDER BY place',
      [place],
    );
    return rows.map((row) => ({ place: Number(row.place), envelope: JSON.parse(row.envelope), acceptedAt: Number(row.acceptedAt) }));
  }

  async addDocuments(_scope: Scope, tx: Tx, documents: readonly AcceptedDocument[]): Promise<void> {
    const rows = documents.map((row) => ({
      word: row.word, platform: row.platform, version: row.version, digest: row.digest, envelope: JSON.stringify(row.envelope),
      accepted_at: row.acceptedAt, accepted_by: row.acceptedBy,
    }));
    await tx.execute(
      `INSERT INTO trust_document (word, platform, version, digest, envelope, accepted_at, accepted_by)
         SELECT row->>'word', row->>'platform', (row->>'version')::bigint, row->>'digest', row->>'envelope', (row->>'accepted_at')::bigint, row->>'accepted_by'
           FROM json_array_elements($1::json) WITH ORDINALITY AS given (row, nth) ORDER BY nth`,
      [JSON.stringify(rows)],
    );
  }

  async versions(_scope: Scope, tx: Tx): Promise<ReadonlyMap<string, number>> {
    const rows = await tx.query<{ readonly name: string; readonly version: string }>("SELECT word || ' ' || platform AS name, max(version) AS version FROM trust_document GROUP BY word, platform");
    return new Map(rows.map(({ name, version }) => [name, Number(version)]));
  }

  async acceptedAfter(_scope: Scope, place: number) {
    const rows = await this.database.query<{ readonly place: string; readonly word: string; readonly platform: string; readonly version: string; readonly envelope: string; readonly acceptedAt: string }>(
      'SELECT place, word, platform, version, envelope, accepted_at AS "acceptedAt" FROM trust_document WHERE place > $1 ORDER BY place',
      [place],
    );
    return rows.map((row) => ({
      place: Number(row.place), word: row.word as DocumentWord, platform: row.platform as PlatformId, version: Number(row.version), envelope: JSON.parse(row.envelope) as unknown, acceptedAt: Number(row.acceptedAt),
    }));
  }

  async startEpochs(_scope: Scope, tx: Tx, platforms: readonly PlatformId[], epoch: number): Promise<void> {
    await tx.execute('INSERT INTO dispatcher_epoch SELECT unnest($1::text[]), $2 ON CONFLICT DO NOTHING', [platforms, epoch]);
  }

  async raiseEpochs(_scope: Scope, tx: Tx, least: number): Promise<number> {
    const rows = await tx.query<{ readonly epoch: string }>('UPDATE dispatcher_epoch SET epoch = greatest(epoch + 1, $1) RETURNING epoch', [least]);
    return Math.max(least, ...rows.map(({ epoch }) => Number(epoch)));
  }

  async epochs(scope: Scope, tx?: Tx): Promise<ReadonlyMap<PlatformId, number>> {
    const rows = await (tx ?? this.database).query<{ readonly platform: PlatformId; readonly epoch: string }>(
      'SELECT platform, epoch FROM dispatcher_epoch WHERE $1::text[] IS NULL OR platform = ANY ($1::text[])',
      [scope.platforms],
    );
    return new Map(rows.map(({ platform, epoch }) => [platform, Number(epoch)]));
  }

  async raiseCounter(_scope: Scope, tx: Tx, keyId: string, counter: number, at: number): Promise<boolean> {
    const changed = await tx.execute(
      `INSERT INTO passkey_counter AS held (key_id, counter, at) VALUES ($1, $2, $3)
       ON CONFLICT (key_id) DO UPDATE SET counter = EXCLUDED.counter, at = EXCLUDED.at
         WHERE EXCLUDED.counter > held.counter OR (EXCLUDED.counter = 0 AND held.counter = 0)`,
      [keyId, counter, at],
    );
    return changed === 1;
  }

  async keepMap(_scope: Scope, tx: Tx, drawing: string): Promise<void> {
    await tx.execute('INSERT INTO map_drawing (drawing) VALUES ($1) ON CONFLICT (only_one) DO UPDATE SET drawing = excluded.drawing', [drawing]);
  }

  async map(_scope: Scope): Promise<unknown> {
    const [row] = await this.database.query<{ readonly drawing: string }>('SELECT drawing FROM map_drawing');
    return row === undefined ? undefined : JSON.parse(row.drawing);
  }
}
