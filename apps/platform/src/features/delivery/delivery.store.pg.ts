import type { DispatchId, MessageId, TerminalId } from '#libs/contracts';
import type { Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import type { OnTheAir } from '../messages';
import type { DeliveryRecord, DeliveryStore, DispatchInForce } from './delivery.store';
import { PgDeviceRecords } from './device-records.store.pg';
import { deliveryOf, DELIVERY_COLUMNS, type DeliveryColumns } from './delivery.row';

const IN_SCOPE = '($1::text[] IS NULL OR v.platform = ANY($1))';
const OPEN = "v.state NOT IN ('done', 'failed')";

interface DispatchColumns {
  readonly id: string;
  readonly message: string;
  readonly platform: string;
  readonly order_text: string;
  readonly start_at: string;
  readonly not_after: string;
  readonly max_duration_ms: string;
}

/** Deliveries on their way: every statement takes a whole batch. */
export class PgDeliveryStore extends PgDeviceRecords implements DeliveryStore {
  async dispatchInForce(scope: Scope, id: DispatchId): Promise<DispatchInForce | undefined> {
    const [found] = await this.dispatchesInForce(scope, [id]);
    return found;
  }

  async dispatchesInForce(_scope: Scope, ids: readonly DispatchId[]): Promise<readonly DispatchInForce[]> {
    const rows = await this.database.query<DispatchColumns>(
      'SELECT id, message, platform, order_text, start_at, not_after, max_duration_ms FROM dispatch WHERE id = ANY($1::uuid[])',
      [ids],
    );
    return rows.map((row) => ({
      dispatchId: row.id as DispatchId,
      message: row.message as MessageId,
      platform: row.platform as DispatchInForce['platform'],
      orderText: row.order_text,
      startAt: Number(row.start_at),
      notAfter: Number(row.not_after),
      maxDurationMs: Number(row.max_duration_ms),
    }));
  }

  async queued(scope: Scope, dispatch: DispatchId): Promise<readonly TerminalId[]> {
    const rows = await this.database.query<{ terminal: string }>(
      `SELECT v.terminal FROM delivery v WHERE ${IN_SCOPE} AND v.dispatch = $2 AND v.state = 'queued' ORDER BY v.terminal`,
      [scope.platforms, dispatch],
    );
    return rows.map(({ terminal }) => terminal as TerminalId);
  }

  async markPushed(scope: Scope, dispatch: DispatchId, terminals: readonly TerminalId[], at: number): Promise<void> {
    await this.database.query(
      `UPDATE delivery v SET state = CASE WHEN v.state = 'queued' THEN 'sent' ELSE v.state END,
              sent_at = coalesce(v.sent_at, $4), last_push_at = $4, pushes = v.pushes + 1
         FROM (SELECT dispatch, terminal FROM delivery WHERE dispatch = $2 AND terminal = ANY($3) ORDER BY terminal FOR UPDATE) AS told
        WHERE v.dispatch = told.dispatch AND v.terminal = told.terminal AND ${IN_SCOPE}`,
      [scope.platforms, dispatch, terminals, at],
    );
  }

  async unanswered(scope: Scope, { now, before, mostPushes }: Parameters<DeliveryStore['unanswered']>[1]) {
    const rows = await this.database.query<{ dispatch: string; terminal: string }>(
      `SELECT v.dispatch, v.terminal FROM delivery v JOIN dispatch d ON d.id = v.dispatch
        WHERE ${IN_SCOPE} AND v.state = 'sent' AND v.last_push_at < $2 AND v.pushes < $3 AND d.not_after > $4 AND NOT v.superseded
        ORDER BY v.dispatch, v.terminal LIMIT 5000`,
      [scope.platforms, before, mostPushes, now],
    );
    return rows.map(({ dispatch, terminal }) => ({ dispatchId: dispatch as DispatchId, terminal: terminal as TerminalId }));
  }

  async overdue(scope: Scope, tx: Tx, now: number, graceMs: number): Promise<readonly DeliveryRecord[]> {
    const rows = await tx.query<DeliveryColumns>(
      `SELECT ${DELIVERY_COLUMNS} FROM delivery v JOIN dispatch d ON d.id = v.dispatch
        WHERE ${IN_SCOPE} AND ${OPEN} AND d.not_after <= $2
          AND (v.state IN ('queued', 'sent') OR d.not_after + d.max_duration_ms + $3 <= $2)
        ORDER BY v.dispatch, v.terminal LIMIT 5000 FOR UPDATE OF v`,
      [scope.platforms, now, graceMs],
    );
    return rows.map(deliveryOf);
  }

  async lockDeliveries(_scope: Scope, tx: Tx, pairs: Parameters<DeliveryStore['lockDeliveries']>[2]): Promise<readonly DeliveryRecord[]> {
    if (pairs.length === 0) return [];
    const rows = await tx.query<DeliveryColumns>(
      `SELECT ${DELIVERY_COLUMNS} FROM delivery v JOIN dispatch d ON d.id = v.dispatch
        WHERE (v.dispatch, v.terminal) IN (SELECT * FROM unnest($1::uuid[], $2::text[]))
        ORDER BY v.dispatch, v.terminal FOR UPDATE OF v`,
      [pairs.map(({ dispatchId }) => dispatchId), pairs.map(({ terminal }) => terminal)],
    );
    return rows.map(deliveryOf);
  }

  async lockByPayload(_scope: Scope, tx: Tx, pairs: Parameters<DeliveryStore['lockByPayload']>[2]) {
    if (pairs.length === 0) return [];
    const rows = await tx.query<DeliveryColumns & { payload_digest: string }>(
      `SELECT ${DELIVERY_COLUMNS}, d.payload_digest FROM delivery v JOIN dispatch d ON d.id = v.dispatch
        WHERE (d.payload_digest, v.terminal) IN (SELECT * FROM unnest($1::text[], $2::text[]))
        ORDER BY v.dispatch, v.terminal FOR UPDATE OF v`,
      [pairs.map(({ payloadDigest }) => payloadDigest), pairs.map(({ terminal }) => terminal)],
    );
    return rows.map((row) => ({ ...deliveryOf(row), payloadDigest: row.payload_digest }));
  }

  async update(_scope: Scope, tx: Tx, deliveries: readonly DeliveryRecord[], receivedAt: number | null): Promise<void> {
    if (deliveries.length === 0) return;
    await tx.execute(
      `UPDATE delivery v SET state = n.state, reason = n.reason, refusal = n.refusal, repetition = n.repetition, counter = n.counter,
              acked_at = n.acked_at, audible_at = n.audible_at, done_at = n.done_at,
              voice_blocks = n.voice_blocks, voice_late = n.voice_late, voice_lost = n.voice_lost, received_at = coalesce($2, v.received_at)
         FROM json_to_recordset($1::json) AS n (dispatch uuid, terminal text, state text, reason text, refusal text, repetition int,
              counter bigint, acked_at bigint, audible_at bigint, done_at bigint, voice_blocks bigint, voice_late bigint, voice_lost bigint)
        WHERE v.dispatch = n.dispatch AND v.terminal = n.terminal`,
      [
        JSON.stringify(deliveries.map((next) => ({
          dispatch: next.dispatchId, terminal: next.terminal, state: next.state, reason: next.reason, refusal: next.refusal, repetition: next.repetition,
          counter: next.counter, acked_at: next.ackedAt, audible_at: next.audibleAt, done_at: next.doneAt,
          voice_blocks: next.voice?.blocks ?? null, voice_late: next.voice?.late ?? null, voice_lost: next.voice?.lost ?? null,
        }))),
        receivedAt,
      ],
    );
  }

  async closeStopped(scope: Scope, tx: Tx, { messages, terminals, online }: Parameters<DeliveryStore['closeStopped']>[2]): Promise<number> {
    return tx.execute(
      `UPDATE delivery v SET state = 'failed', reason = 'STOPPED', counter = NULL
        WHERE ${IN_SCOPE} AND v.message = ANY($2::uuid[]) AND v.terminal = ANY($3)
          AND (v.state = 'queued' OR v.state IN ('sent', 'acked') AND NOT v.terminal = ANY($4))`,
      [scope.platforms, messages, terminals, online],
    );
  }

  async withOpenDeliveries(_scope: Scope, tx: Tx, messages: readonly MessageId[], except: readonly TerminalId[] = []): Promise<ReadonlySet<MessageId>> {
    const rows = await tx.query<{ message: string }>(
      `SELECT DISTINCT v.message FROM delivery v WHERE v.message = ANY($1::uuid[]) AND ${OPEN} AND NOT v.superseded AND NOT v.terminal = ANY($2)`,
      [messages, except],
    );
    return new Set(rows.map(({ message }) => message as MessageId));
  }

  async openDispatches(scope: Scope, messages: readonly MessageId[]): Promise<ReadonlyMap<MessageId, OnTheAir>> {
    const rows = await this.database.query<{ message: string; id: string; start_at: string; issued_at: string; terminals: string[] }>(
      `SELECT DISTINCT ON (d.message) d.message, d.id, d.start_at, d.issued_at, array_agg(v.terminal ORDER BY v.terminal) AS terminals
         FROM dispatch d JOIN delivery v ON v.dispatch = d.id
        WHERE ${IN_SCOPE} AND d.message = ANY($2::uuid[]) AND ${OPEN} AND NOT v.superseded
        GROUP BY d.id ORDER BY d.message, d.issued_at DESC, d.seq DESC`,
      [scope.platforms, messages],
    );
    return new Map(rows.map((row) => [row.message as MessageId, {
      dispatchId: row.id as DispatchId, startAt: Number(row.start_at), issuedAt: Number(row.issued_at), terminals: row.terminals.map((id) => id as TerminalId),
    }]));
  }
}
