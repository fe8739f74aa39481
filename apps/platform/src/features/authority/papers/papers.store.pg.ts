import type { PlatformId } from '#libs/contracts';
import type { Database, Tx } from '../../../kernel/database';
import type { Scope } from '../../../kernel/scope';
import type { KeptPaper, PapersStore } from './papers.store';

const IN_SCOPE = '($1::text[] IS NULL OR platform = ANY($1))';
const COLUMNS = 'digest, platform, version, onto, payload, requests, drafted_by, received_at, expires_at';

interface PaperRow {
  readonly digest: string;
  readonly platform: PlatformId;
  readonly version: string;
  readonly onto: string;
  readonly payload: string;
  readonly requests: readonly string[];
  readonly drafted_by: string;
  readonly received_at: string;
  readonly expires_at: string;
}
interface SignatureRow { readonly digest: string; readonly key_id: string; readonly sig: string }

export class PgPapersStore implements PapersStore {
  constructor(private readonly database: Database) {}

  async list(scope: Scope, now: number): Promise<readonly KeptPaper[]> {
    const rows = await this.database.query<PaperRow>(`SELECT ${COLUMNS} FROM paper WHERE ${IN_SCOPE} AND expires_at > $2 ORDER BY received_at, digest LIMIT 500`, [scope.platforms, now]);
    return withSignatures(this.database, rows);
  }

  async lock(scope: Scope, tx: Tx, digests: readonly string[], now: number): Promise<readonly KeptPaper[]> {
    const rows = await tx.query<PaperRow>(`SELECT ${COLUMNS} FROM paper WHERE ${IN_SCOPE} AND expires_at > $2 AND digest = ANY($3::text[]) ORDER BY digest FOR UPDATE`, [scope.platforms, now, digests]);
    return withSignatures(tx, rows);
  }

  async count(_scope: Scope, tx: Tx, platform: PlatformId, now: number): Promise<number> {
    const [row] = await tx.query<{ readonly count: string }>('SELECT count(*) FROM paper WHERE platform = $1 AND expires_at > $2', [platform, now]);
    return Number(row?.count ?? 0);
  }

  async add(_scope: Scope, tx: Tx, paper: Omit<KeptPaper, 'signatures'>): Promise<void> {
    await tx.execute('DELETE FROM paper WHERE expires_at <= $1', [paper.receivedAt]);
    await tx.execute(`INSERT INTO paper (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`, [
      paper.digest, paper.platform, paper.version, paper.onto, paper.payload, paper.requests, paper.draftedBy, paper.receivedAt, paper.expiresAt,
    ]);
  }

  async addSignatures(_scope: Scope, tx: Tx, signatures: readonly { readonly digest: string; readonly keyid: string; readonly sig: string }[], at: number): Promise<void> {
    await tx.execute('INSERT INTO paper_signature (digest, key_id, sig, at) SELECT digest, key_id, sig, $4 FROM unnest($1::text[], $2::text[], $3::text[]) AS given (digest, key_id, sig) ON CONFLICT DO NOTHING', [
      signatures.map(({ digest }) => digest), signatures.map(({ keyid }) => keyid), signatures.map(({ sig }) => sig), at,
    ]);
  }

  async remove(scope: Scope, tx: Tx, digests: readonly string[]): Promise<void> {
    await tx.execute(`DELETE FROM paper WHERE ${IN_SCOPE} AND digest = ANY($2::text[])`, [scope.platforms, digests]);
  }
}

async function withSignatures(from: Pick<Database, 'query'>, rows: readonly PaperRow[]): Promise<readonly KeptPaper[]> {
  if (rows.length === 0) return [];
  const signatures = await from.query<SignatureRow>('SELECT digest, key_id, sig FROM paper_signature WHERE digest = ANY($1::text[]) ORDER BY at, key_id', [rows.map(({ digest }) => digest)]);
  const of = (digest: string): readonly SignatureRow[] => signatures.filter((one) => one.digest === digest);
  return rows.map((row) => ({
    digest: row.digest, platform: row.platform, version: Number(row.version), onto: row.onto, payload: row.payload, requests: row.requests,
    draftedBy: row.drafted_by, receivedAt: Number(row.received_at), expiresAt: Number(row.expires_at),
    signatures: of(row.digest).map(({ key_id: keyid, sig }) => ({ keyid, sig })),
  }));
}
