import { consentSchema, LIMITS, type Digest, type FailureReason, type MessageId, type PlatformId, type TerminalId } from '#libs/contracts';
import { unverifiedPayload } from '#libs/envelope';
import type { Database, Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import { storedEnvelope } from '../messages';
import { subjectOf } from './consent-subject';
import type { ConsentRecord, DeliveryHistory, DispatchRecord, DispatchStore, NewDelivery, NewDispatch, StopRecord } from './dispatch.store';

interface DispatchRow {
  readonly id: string;
  readonly message: string;
  readonly platform: string;
  readonly start_at: string;
  readonly not_after: string;
  readonly issued_at: string;
}

/** Its terminal refused it, or says itself that it ended without a sound. What only the platform closed may have sounded. */
const SILENT = `(audible_at IS NULL AND state = 'failed' AND (refusal IS NOT NULL OR counter IS NOT NULL
  AND reason IN ('NOT_HEARD', 'QUIET_HOURS', 'ISOLATED', 'RESTRICTED', 'EXPIRED', 'MUTED', 'FETCH_FAIL', 'PREEMPTED', 'BUSY_LOCAL', 'STOPPED')))`;

/** What kept a terminal from taking an order at all, so that it takes another one of the same message. */
const NEVER_TAKEN: readonly FailureReason[] = ['ISOLATED', 'QUIET_HOURS', 'FETCH_FAIL'];

/** Above what an older copy of the database may have forgotten, and half of what a terminal's window holds: nothing still in force becomes too old. */
const NEW_EPOCH_LEAP = LIMITS.seqWindow / 2;

export class PgDispatchStore implements DispatchStore {
  constructor(private readonly database: Database) {}

  async nextSeq(_scope: Scope, tx: Tx, platform: PlatformId, epoch: number, least: number): Promise<number> {
    const [row] = await tx.query<{ seq: string }>(
      `INSERT INTO dispatch_sequence (platform, epoch, seq)
       SELECT $1, $2, greatest($3::bigint, coalesce(max(seq) + $4::bigint, 1)) FROM dispatch_sequence WHERE platform = $1
       ON CONFLICT (platform, epoch) DO UPDATE SET seq = greatest($3::bigint, dispatch_sequence.seq + 1) RETURNING seq`,
      [platform, epoch, least, NEW_EPOCH_LEAP],
    );
    return Number(row?.seq);
  }

  async insert(_scope: Scope, tx: Tx, { message, dispatch, payloadDigest, orderText }: NewDispatch, deliveries: readonly NewDelivery[]): Promise<void> {
    await tx.execute(
      `INSERT INTO dispatch (id, message, message_digest, platform, epoch, seq, payload_digest, order_text, start_at, not_after, max_duration_ms, repeats, issued_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
      [
        dispatch.dispatchId, message, dispatch.messageDigest, dispatch.platform, dispatch.epoch, dispatch.seq, payloadDigest, orderText,
        dispatch.startAt, dispatch.notAfter, dispatch.maxDurationMs, dispatch.repeats, dispatch.issuedAt,
      ],
    );
    const terminals = deliveries.map(({ terminal }) => terminal);
    await tx.execute('UPDATE delivery SET superseded = true WHERE message = $1 AND terminal = ANY($2)', [message, terminals]);
    await tx.execute(
      `INSERT INTO delivery (dispatch, message, terminal, platform, online_at_dispatch)
       SELECT $1, $2, t.terminal, t.platform, t.online FROM unnest($3::text[], $4::text[], $5::boolean[]) AS t (terminal, platform, online)`,
      [dispatch.dispatchId, message, terminals, deliveries.map(({ platform }) => platform), deliveries.map(({ online }) => online)],
    );
  }

  async placed(_scope: Scope, digests: readonly string[]): Promise<ReadonlySet<string>> {
    if (digests.length === 0) return new Set();
    const rows = await this.database.query<{ payload_digest: string }>('SELECT payload_digest FROM dispatch WHERE payload_digest = ANY($1)', [[...new Set(digests)]]);
    return new Set(rows.map(({ payload_digest }) => payload_digest));
  }

  async history(_scope: Scope, tx: Tx, message: MessageId): Promise<readonly DeliveryHistory[]> {
    return tx.query<DeliveryHistory>(
      `SELECT DISTINCT ON (terminal) terminal, count(*) OVER (PARTITION BY terminal)::int AS dispatches, state, reason
         FROM delivery WHERE message = $1 ORDER BY terminal, superseded`,
      [message],
    );
  }

  async mayHaveHeard(_scope: Scope, message: MessageId, tx?: Tx): Promise<readonly TerminalId[]> {
    const rows = await (tx ?? this.database).query<{ terminal: string }>(
      `SELECT DISTINCT terminal FROM delivery WHERE message = $1 AND NOT ${SILENT} ORDER BY terminal`,
      [message],
    );
    return rows.map(({ terminal }) => terminal as TerminalId);
  }

  async cutOff(_scope: Scope, message: MessageId, tx?: Tx): Promise<readonly TerminalId[]> {
    const rows = await (tx ?? this.database).query<{ terminal: string }>(
      `SELECT terminal FROM delivery WHERE message = $1 AND NOT superseded AND state = 'failed'
          AND (reason = 'STOPPED' OR refusal = 'REJ_STOPPED' OR acked_at IS NULL AND reason = ANY($2)) ORDER BY terminal`,
      [message, NEVER_TAKEN],
    );
    return rows.map(({ terminal }) => terminal as TerminalId);
  }

  async stops(_scope: Scope, now: number, tx?: Tx) {
    const rows = await (tx ?? this.database).query<{ envelope: string; recorded_at: string }>('SELECT envelope, recorded_at FROM stop WHERE not_after > $1 ORDER BY issued_at DESC, id', [now]);
    return rows.map(({ envelope, recorded_at }) => ({ envelope: storedEnvelope(envelope), recordedAt: Number(recorded_at) }));
  }

  async insertConsent(_scope: Scope, tx: Tx, { digest, message, consent, envelope, dispatch }: ConsentRecord, at: number): Promise<void> {
    await tx.execute(
      `INSERT INTO consent (digest, message, platform, person, kind, subject, dispatch, envelope, received_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [digest, message, consent.platform, consent.person, consent.act.kind, subjectOf(consent.act), dispatch, JSON.stringify(envelope), at],
    );
  }

  async consents(_scope: Scope, message: MessageId, tx?: Tx) {
    const rows = await (tx ?? this.database).query<{ digest: string; envelope: string }>('SELECT digest, envelope FROM consent WHERE message = $1', [message]);
    return rows.map(({ digest, envelope }) => ({ digest: digest as Digest, consent: consentSchema.safeParse(unverifiedPayload(storedEnvelope(envelope))).data }));
  }

  async dispatchesOf(_scope: Scope, messages: readonly MessageId[]): Promise<readonly DispatchRecord[]> {
    const rows = await this.database.query<DispatchRow>(
      'SELECT id, message, platform, start_at, not_after, issued_at FROM dispatch WHERE message = ANY($1) ORDER BY issued_at, seq',
      [messages],
    );
    return rows.map((row) => ({
      id: row.id as DispatchRecord['id'],
      message: row.message as DispatchRecord['message'],
      platform: row.platform as DispatchRecord['platform'],
      startAt: Number(row.start_at),
      notAfter: Number(row.not_after),
      issuedAt: Number(row.issued_at),
    }));
  }

  async closeWithdrawn(_scope: Scope, tx: Tx, message: MessageId): Promise<void> {
    await tx.execute("UPDATE delivery SET state = 'failed', reason = 'WITHDRAWN', counter = NULL WHERE message = $1 AND state NOT IN ('done', 'failed')", [message]);
  }

  async insertStop(_scope: Scope, tx: Tx, { stop, envelope }: StopRecord, at: number): Promise<boolean> {
    const inserted = await tx.execute(
      `INSERT INTO stop (id, platform, area, everything, digests, issued_at, not_after, envelope, recorded_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING`,
      [
        stop.stopId, stop.platform, stop.area, stop.scope.kind === 'all', stop.scope.kind === 'all' ? [] : stop.scope.messages,
        stop.issuedAt, stop.notAfter, JSON.stringify(envelope), at,
      ],
    );
    return inserted === 1;
  }
}
