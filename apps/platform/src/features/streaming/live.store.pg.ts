import { areaIdSchema, digestSchema, dispatchIdSchema, liveEndSchema, messageIdSchema, personIdSchema, platformIdSchema, streamIdSchema, type StreamId } from '#libs/contracts';
import type { Database, Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import type { LiveClaim, LiveSession, LiveStore } from './live.store';

/** Of this feature alone: any number that no other lock of the platform has. */
export const TURN_LOCK = 7_105_119_811;
const IN_SCOPE = '($1::text[] IS NULL OR platform = ANY($1))';

interface SessionRow {
  readonly stream: string;
  readonly message: string;
  readonly digest: string;
  readonly platform: string;
  readonly author: string;
  readonly areas: readonly string[];
  readonly claimed_until: string;
  readonly ends_at: string;
  readonly dispatch: string | null;
  readonly start_at: string | null;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly ended: string | null;
  readonly last_seq: string;
  readonly refused: string;
}

export class PgLiveStore implements LiveStore {
  constructor(private readonly database: Database) {}

  async lockTurns(_scope: Scope, tx: Tx): Promise<void> {
    await tx.query('SELECT pg_advisory_xact_lock($1)', [TURN_LOCK]);
  }

  async held(scope: Scope, tx: Tx, now: number): Promise<readonly LiveSession[]> {
    const rows = await tx.query<SessionRow>(
      `SELECT * FROM live_session WHERE ${IN_SCOPE} AND ended_at IS NULL AND ends_at > $2 AND (started_at IS NOT NULL OR claimed_until > $2) ORDER BY ends_at, stream`,
      [scope.platforms, now],
    );
    return rows.map(sessionOf);
  }

  async claim(_scope: Scope, tx: Tx, { stream, message, digest, platform, author, areas, claimedUntil, endsAt }: LiveClaim): Promise<void> {
    await tx.execute(
      `INSERT INTO live_session (stream, message, digest, platform, author, areas, claimed_until, ends_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
       ON CONFLICT (stream) DO UPDATE SET claimed_until = excluded.claimed_until, ends_at = excluded.ends_at WHERE live_session.started_at IS NULL`,
      [stream, message, digest, platform, author, [...areas], claimedUntil, endsAt],
    );
  }

  async find(scope: Scope, stream: StreamId, tx?: Tx): Promise<LiveSession | undefined> {
    const rows = await (tx ?? this.database).query<SessionRow>(`SELECT * FROM live_session WHERE ${IN_SCOPE} AND stream = $2${tx === undefined ? '' : ' FOR UPDATE'}`, [scope.platforms, stream]);
    return rows.map(sessionOf)[0];
  }

  async begin(scope: Scope, tx: Tx, stream: StreamId, { dispatch, startAt, at }: NonNullable<LiveSession['begun']>, endsAt: number): Promise<boolean> {
    return await tx.execute(
      `UPDATE live_session SET dispatch = $3, start_at = $4, started_at = $5, ends_at = $6 WHERE ${IN_SCOPE} AND stream = $2 AND started_at IS NULL AND ended_at IS NULL`,
      [scope.platforms, stream, dispatch, startAt, at, endsAt],
    ) === 1;
  }

  async end(scope: Scope, tx: Tx, stream: StreamId, { code, at }: NonNullable<LiveSession['ended']>, { lastSeq, refused }: Pick<LiveSession, 'lastSeq' | 'refused'>): Promise<boolean> {
    return await tx.execute(
      `UPDATE live_session SET ended = $3, ended_at = $4, last_seq = $5, refused = $6 WHERE ${IN_SCOPE} AND stream = $2 AND ended_at IS NULL`,
      [scope.platforms, stream, code, at, lastSeq, refused],
    ) === 1;
  }

  async unended(scope: Scope): Promise<readonly LiveSession[]> {
    return (await this.database.query<SessionRow>(`SELECT * FROM live_session WHERE ${IN_SCOPE} AND started_at IS NOT NULL AND ended_at IS NULL ORDER BY started_at`, [scope.platforms])).map(sessionOf);
  }

  async list(scope: Scope, count: number): Promise<readonly LiveSession[]> {
    return (await this.database.query<SessionRow>(`SELECT * FROM live_session WHERE ${IN_SCOPE} AND started_at IS NOT NULL ORDER BY started_at DESC, stream LIMIT $2`, [scope.platforms, count])).map(sessionOf);
  }
}

function sessionOf(row: SessionRow): LiveSession {
  const { dispatch, start_at: startAt, started_at: startedAt, ended, ended_at: endedAt } = row;
  return {
    stream: streamIdSchema.parse(row.stream), message: messageIdSchema.parse(row.message), digest: digestSchema.parse(row.digest),
    platform: platformIdSchema.parse(row.platform), author: personIdSchema.parse(row.author), areas: row.areas.map((area) => areaIdSchema.parse(area)),
    claimedUntil: Number(row.claimed_until), endsAt: Number(row.ends_at),
    begun: dispatch === null || startAt === null || startedAt === null ? null : { dispatch: dispatchIdSchema.parse(dispatch), startAt: Number(startAt), at: Number(startedAt) },
    ended: ended === null || endedAt === null ? null : { code: liveEndSchema.parse(ended), at: Number(endedAt) },
    lastSeq: Number(row.last_seq), refused: Number(row.refused),
  };
}
