import { keyRequestViewSchema, type KeyRequestView, type PersonId, type PlatformId } from '#libs/contracts';
import type { Database, Tx } from '../../../kernel/database';
import type { Scope } from '../../../kernel/scope';
import { nameOfKey, type EndingAt, type KeyAt, type KeysStore, type PersonKey } from './keys.store';

const IN_SCOPE = '($1::text[] IS NULL OR platform = ANY($1))';

interface RequestRow {
  readonly id: string;
  readonly signed: string;
  readonly received_at: string;
  readonly expires_at: string;
  readonly refused_at: string | null;
  readonly refused_by: string | null;
  readonly refused_reason: string | null;
}

function viewOf({ id, signed, received_at: receivedAt, expires_at: expiresAt, refused_at: at, refused_by: by, refused_reason: reason }: RequestRow): KeyRequestView {
  const view = { id, ...JSON.parse(signed), receivedAt: Number(receivedAt), expiresAt: Number(expiresAt) };
  return keyRequestViewSchema.parse(at === null ? view : { ...view, refused: { at: Number(at), by, reason } });
}

export class PgKeysStore implements KeysStore {
  constructor(private readonly database: Database) {}

  async requests(scope: Scope, now: number, person?: PersonId): Promise<readonly KeyRequestView[]> {
    const rows = await this.database.query<RequestRow>(
      `SELECT id, signed, received_at, expires_at, refused_at, refused_by, refused_reason FROM key_request WHERE ${IN_SCOPE} AND expires_at > $2 AND ($3::text IS NULL OR person = $3) ORDER BY received_at, id LIMIT 1000`,
      [scope.platforms, now, person ?? null],
    );
    return rows.map(viewOf);
  }

  async addRequest(_scope: Scope, tx: Tx, { id, request, sig, receivedAt, expiresAt }: KeyRequestView, account: string): Promise<boolean> {
    await tx.execute('DELETE FROM key_request WHERE expires_at <= $1', [receivedAt]);
    return (await tx.execute(
      'INSERT INTO key_request (id, platform, person, account, signed, received_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING',
      [id, request.platform, request.person, account, JSON.stringify({ request, sig }), receivedAt, expiresAt],
    )) === 1;
  }

  async countRequests(_scope: Scope, tx: Tx, platform: PlatformId, person: PersonId, now: number): Promise<number> {
    const [row] = await tx.query<{ readonly count: string }>('SELECT count(*) FROM key_request WHERE platform = $1 AND person = $2 AND expires_at > $3 AND refused_at IS NULL', [platform, person, now]);
    return Number(row?.count ?? 0);
  }

  async refuseRequest(scope: Scope, tx: Tx, id: string, { at, by, reason }: NonNullable<KeyRequestView['refused']>): Promise<boolean> {
    return (await tx.execute(`UPDATE key_request SET refused_at = $3, refused_by = $4, refused_reason = $5 WHERE ${IN_SCOPE} AND id = $2 AND refused_at IS NULL`, [scope.platforms, id, at, by, reason])) === 1;
  }

  async removeAnswered(scope: Scope, tx: Tx, answered: readonly PersonKey[]): Promise<readonly { readonly id: string; readonly platform: PlatformId; readonly person: PersonId }[]> {
    return tx.query(
      `DELETE FROM key_request WHERE ${IN_SCOPE}
         AND (platform, person, signed::json #>> '{request,key,keyId}') IN (SELECT * FROM unnest($2::text[], $3::text[], $4::text[])) RETURNING id, platform, person`,
      [scope.platforms, answered.map(({ platform }) => platform), answered.map(({ person }) => person), answered.map(({ keyId }) => keyId)],
    );
  }

  async removeRequests(scope: Scope, tx: Tx, ids: readonly string[]): Promise<readonly { readonly id: string; readonly platform: PlatformId; readonly person: PersonId }[]> {
    return tx.query(`DELETE FROM key_request WHERE ${IN_SCOPE} AND id = ANY($2::text[]) RETURNING id, platform, person`, [scope.platforms, ids]);
  }

  async shown(scope: Scope): Promise<ReadonlyMap<string, number>> {
    const rows = await this.database.query<{ readonly platform: PlatformId; readonly key_id: string; readonly at: string }>(
      `SELECT platform, key_id, max(at) AS at FROM (SELECT platform, key_id, at FROM key_seen UNION ALL SELECT platform, key_id, at FROM key_possession) AS shown WHERE ${IN_SCOPE} GROUP BY platform, key_id`,
      [scope.platforms],
    );
    return new Map(rows.map(({ platform, key_id: keyId, at }) => [nameOfKey({ platform, keyId }), Number(at)]));
  }

  async seeFirst(_scope: Scope, keys: readonly KeyAt[], at: number): Promise<void> {
    await this.database.query('INSERT INTO key_seen (platform, key_id, at) SELECT platform, key_id, $3 FROM unnest($1::text[], $2::text[]) AS seen (platform, key_id) ON CONFLICT DO NOTHING', [
      keys.map(({ platform }) => platform), keys.map(({ keyId }) => keyId), at,
    ]);
  }

  async show(_scope: Scope, tx: Tx, { platform, keyId }: KeyAt, at: number): Promise<void> {
    await tx.execute('INSERT INTO key_possession (platform, key_id, at) VALUES ($1, $2, $3) ON CONFLICT (platform, key_id) DO UPDATE SET at = GREATEST(key_possession.at, EXCLUDED.at)', [platform, keyId, at]);
  }

  async shortages(scope: Scope): Promise<ReadonlySet<PlatformId>> {
    const rows = await this.database.query<{ readonly platform: PlatformId }>(`SELECT platform FROM signing_shortage WHERE ${IN_SCOPE}`, [scope.platforms]);
    return new Set(rows.map(({ platform }) => platform));
  }

  async beginShortage(_scope: Scope, tx: Tx, platform: PlatformId, since: number): Promise<boolean> {
    return (await tx.execute('INSERT INTO signing_shortage (platform, since) VALUES ($1, $2) ON CONFLICT DO NOTHING', [platform, since])) === 1;
  }

  async endShortage(_scope: Scope, tx: Tx, platform: PlatformId): Promise<boolean> {
    return (await tx.execute('DELETE FROM signing_shortage WHERE platform = $1', [platform])) === 1;
  }

  async endings(scope: Scope): Promise<readonly EndingAt[]> {
    return this.database.query<EndingAt>(`SELECT platform, cause FROM ending_papers WHERE ${IN_SCOPE}`, [scope.platforms]);
  }

  async beginEnding(_scope: Scope, tx: Tx, { platform, cause }: EndingAt, since: number): Promise<boolean> {
    return (await tx.execute('INSERT INTO ending_papers (platform, cause, since) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [platform, cause, since])) === 1;
  }

  async endEnding(_scope: Scope, tx: Tx, { platform, cause }: EndingAt): Promise<boolean> {
    return (await tx.execute('DELETE FROM ending_papers WHERE platform = $1 AND cause = $2', [platform, cause])) === 1;
  }
}
