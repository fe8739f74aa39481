import type { DispatchId, MessageId, Tally, TerminalId } from '#libs/contracts';
import type { Database, Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import { storedEnvelope } from '../messages';
import { DELIVERY_COLUMNS, deliveryOf, numberOf, type DeliveryColumns } from './delivery.row';
import type { CounterState, DeliveryRow, DeliveryStore, DeviceRecord, KeptRecords, ShouldHold, StopInForce, StoredReceipt } from './delivery.store';
import { recordName } from './record-name';

/** Heard now: what its terminal reported cut off or failed in its repetition (PREEMPTED, say) waits until it is audible again. */
const SOUNDS = "(v.state = 'audible' AND v.reason IS NULL)";
const IN_SCOPE = '($1::text[] IS NULL OR v.platform = ANY($1))';

type Recording = Omit<DeliveryStore,
  'dispatchInForce' | 'dispatchesInForce' | 'queued' | 'markPushed' | 'unanswered' | 'overdue' | 'lockDeliveries' | 'lockByPayload' | 'update' | 'closeStopped' | 'withOpenDeliveries' | 'openDispatches'>;

/** What terminals signed, and what is read from it: every statement takes a whole batch. */
export abstract class PgDeviceRecords implements Recording {
  constructor(protected readonly database: Database) {}

  async lockCounters(_scope: Scope, tx: Tx, terminals: readonly TerminalId[]): Promise<void> {
    await tx.execute('INSERT INTO device_counter (terminal) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING', [terminals]);
    await tx.query('SELECT 1 FROM device_counter WHERE terminal = ANY($1) ORDER BY terminal FOR UPDATE', [terminals]);
  }

  async keepRecords(_scope: Scope, tx: Tx, records: readonly DeviceRecord[], receivedAt: number): Promise<KeptRecords> {
    const rows = JSON.stringify(records.map((record) => ({
      terminal: record.terminal, counter: record.counter, platform: record.platform, word: record.word, payload_digest: record.payloadDigest, dispatch: record.dispatchId,
      message_digest: record.messageDigest, at: record.at, envelope: JSON.stringify(record.envelope),
    })));
    const fresh = await tx.query<{ terminal: string; counter: string }>(
      `INSERT INTO device_record (terminal, counter, platform, word, payload_digest, dispatch, message_digest, at, received_at, envelope)
       SELECT terminal, counter, platform, word, payload_digest, dispatch, message_digest, at, $2, envelope
         FROM json_to_recordset($1::json) AS n (terminal text, counter bigint, platform text, word text, payload_digest text, dispatch uuid, message_digest text, at bigint, envelope text)
       ON CONFLICT (terminal, counter) DO NOTHING RETURNING terminal, counter`,
      [rows, receivedAt],
    );
    const conflicting = fresh.length === records.length ? [] : await tx.query<{ terminal: string; counter: string }>(
      `SELECT r.terminal, r.counter FROM device_record r
         JOIN json_to_recordset($1::json) AS n (terminal text, counter bigint, payload_digest text) ON n.terminal = r.terminal AND n.counter = r.counter
        WHERE r.payload_digest <> n.payload_digest`,
      [rows],
    );
    return { fresh: new Set(fresh.map(recordName)), conflicting: new Set(conflicting.map(recordName)) };
  }

  async advanceCounters(_scope: Scope, tx: Tx, terminals: readonly TerminalId[]): Promise<readonly CounterState[]> {
    const rows = await tx.query<{ terminal: string; acked: string; highest: string }>(
      `WITH later AS (
         SELECT r.terminal, r.counter, r.counter - row_number() OVER (PARTITION BY r.terminal ORDER BY r.counter) = c.acked AS unbroken
           FROM device_record r JOIN device_counter c ON c.terminal = r.terminal
          WHERE r.terminal = ANY($1) AND r.counter > c.acked
       ), reached AS (
         SELECT terminal, max(counter) FILTER (WHERE unbroken) AS acked, max(counter) AS highest FROM later GROUP BY terminal
       )
       UPDATE device_counter c SET acked = coalesce(r.acked, c.acked), highest = greatest(c.highest, r.highest)
         FROM (SELECT t.terminal, reached.acked, reached.highest FROM unnest($1::text[]) AS t (terminal) LEFT JOIN reached USING (terminal)) AS r
        WHERE c.terminal = r.terminal RETURNING c.terminal, c.acked, c.highest`,
      [terminals],
    );
    return rows.map(counterOf);
  }

  async passGaps(_scope: Scope, gone: Parameters<DeliveryStore['passGaps']>[1]): Promise<readonly TerminalId[]> {
    const rows = await this.database.query<{ terminal: string }>(
      `UPDATE device_counter c SET acked = n.first - 1
         FROM (SELECT g.terminal, g.through, (SELECT min(r.counter) FROM device_record r JOIN device_counter k ON k.terminal = r.terminal WHERE r.terminal = g.terminal AND r.counter > k.acked) AS first
                 FROM unnest($1::text[], $2::bigint[]) AS g (terminal, through)) AS n
        WHERE c.terminal = n.terminal AND n.first - 1 > c.acked AND n.first - 1 <= n.through RETURNING c.terminal`,
      [gone.map(({ terminal }) => terminal), gone.map(({ through }) => through)],
    );
    return rows.map(({ terminal }) => terminal as TerminalId);
  }

  async counters(_scope: Scope, terminals: readonly TerminalId[]): Promise<ReadonlyMap<TerminalId, CounterState>> {
    const rows = await this.database.query<{ terminal: string; acked: string; highest: string }>(
      'SELECT terminal, acked, highest FROM device_counter WHERE terminal = ANY($1)',
      [terminals],
    );
    return new Map(rows.map((row) => [row.terminal as TerminalId, counterOf(row)]));
  }

  async shouldHold(_scope: Scope, terminals: readonly TerminalId[], now: number): Promise<ReadonlyMap<TerminalId, ShouldHold>> {
    const rows = await this.database.query<{ terminal: string; dispatch: string; open: boolean }>(
      `SELECT v.terminal, v.dispatch, v.state NOT IN ('done', 'failed') AND NOT v.superseded AS open
         FROM delivery v JOIN dispatch d ON d.id = v.dispatch
        WHERE d.not_after > $2 AND v.terminal = ANY($1)
          AND (v.state NOT IN ('done', 'failed') AND NOT v.superseded OR v.acked_at IS NOT NULL OR v.audible_at IS NOT NULL OR v.counter IS NOT NULL)
        ORDER BY v.terminal, d.start_at, d.id`,
      [terminals, now],
    );
    const held = new Map<TerminalId, { dispatches: DispatchId[]; open: DispatchId[] }>();
    for (const { terminal, dispatch, open } of rows) {
      const own = held.get(terminal as TerminalId) ?? { dispatches: [], open: [] };
      own.dispatches.push(dispatch as DispatchId);
      if (open) own.open.push(dispatch as DispatchId);
      held.set(terminal as TerminalId, own);
    }
    return held;
  }

  async stopsInForce(_scope: Scope, now: number): Promise<readonly StopInForce[]> {
    const rows = await this.database.query<{ id: string; platform: string; area: string; envelope: string }>(
      'SELECT id, platform, area, envelope FROM stop WHERE not_after > $1 ORDER BY issued_at, id',
      [now],
    );
    return rows.map((row) => ({ stopId: row.id, platform: row.platform as StopInForce['platform'], area: row.area, envelope: storedEnvelope(row.envelope) }));
  }

  async knownStops(_scope: Scope, ids: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.database.query<{ id: string }>('SELECT id FROM stop WHERE id = ANY($1::uuid[])', [ids]);
    return new Set(rows.map(({ id }) => id));
  }

  async tallies(_scope: Scope, messages: readonly MessageId[], tx?: Tx): Promise<ReadonlyMap<MessageId, Tally>> {
    const rows = await (tx ?? this.database).query<{ message: string; state: keyof Omit<Tally, 'reasons' | 'voice'>; reason: string | null; count: number; told: number; blocks: string | null; late: string | null; lost: string | null }>(
      `SELECT v.message, CASE WHEN v.state = 'audible' AND NOT ${SOUNDS} THEN 'acked' ELSE v.state END AS state, CASE WHEN v.state = 'failed' THEN v.reason END AS reason, count(*)::int AS count,
              count(v.voice_blocks)::int AS told, sum(v.voice_blocks) AS blocks, sum(v.voice_late) AS late, sum(v.voice_lost) AS lost
         FROM delivery v WHERE v.message = ANY($1::uuid[]) AND NOT v.superseded GROUP BY 1, 2, 3`,
      [messages],
    );
    const tallies = new Map<MessageId, Tally>();
    for (const { message, state, reason, count, told, blocks, late, lost } of rows) {
      const id = message as MessageId;
      const tally = tallies.get(id) ?? { targeted: 0, queued: 0, sent: 0, acked: 0, audible: 0, done: 0, failed: 0, reasons: {} };
      tallies.set(id, {
        ...tally,
        targeted: tally.targeted + count,
        [state]: tally[state] + count,
        reasons: reason === null ? tally.reasons : { ...tally.reasons, [reason]: (tally.reasons[reason] ?? 0) + count },
        ...(told === 0 ? {} : { voice: withMore(tally.voice, { terminals: told, blocks: Number(blocks), late: Number(late), lost: Number(lost) }) }),
      });
    }
    return tallies;
  }

  async list(scope: Scope, message: MessageId): Promise<readonly DeliveryRow[]> {
    const rows = await this.database.query<DeliveryColumns & { online_at_dispatch: boolean; sent_at: string | null; received_at: string | null; superseded: boolean; resumed: boolean }>(
      `SELECT ${DELIVERY_COLUMNS}, v.online_at_dispatch, v.sent_at, v.received_at, v.superseded,
              EXISTS (SELECT 1 FROM consent c WHERE c.dispatch = d.id AND c.kind = 'resume') AS resumed FROM delivery v JOIN dispatch d ON d.id = v.dispatch
        WHERE ${IN_SCOPE} AND v.message = $2 ORDER BY d.issued_at, d.id, v.terminal`,
      [scope.platforms, message],
    );
    return rows.map((row) => ({
      ...deliveryOf(row), onlineAtDispatch: row.online_at_dispatch, sentAt: numberOf(row.sent_at), receivedAt: numberOf(row.received_at), resumed: row.resumed, superseded: row.superseded,
    }));
  }

  async receipts(scope: Scope, filter: Parameters<DeliveryStore['receipts']>[1]): Promise<readonly StoredReceipt[]> {
    const rows = await this.database.query<{ terminal: string; counter: string; received_at: string; envelope: string }>(
      `SELECT * FROM (SELECT r.terminal, r.counter, r.received_at, r.envelope FROM device_record r
        WHERE r.word = 'receipt' AND ($2::text IS NULL OR r.message_digest = $2) AND ($3::text IS NULL OR r.terminal = $3)
          AND ($1::text[] IS NULL OR r.platform = ANY($1))
        ORDER BY r.received_at DESC, r.terminal DESC, r.counter DESC LIMIT $4) AS newest ORDER BY received_at, terminal, counter`,
      [scope.platforms, filter.messageDigest, filter.terminal, filter.count],
    );
    return rows.map((row) => ({ terminal: row.terminal as TerminalId, counter: Number(row.counter), receivedAt: Number(row.received_at), envelope: storedEnvelope(row.envelope) }));
  }

  async sounding(scope: Scope) {
    const rows = await this.database.query<{ terminal: string; message: string; state: 'audible' }>(
      `SELECT v.terminal, v.message, v.state FROM delivery v WHERE ${IN_SCOPE} AND ${SOUNDS} AND NOT v.superseded`,
      [scope.platforms],
    );
    return rows.map((row) => ({ terminal: row.terminal as TerminalId, message: row.message as MessageId, state: row.state }));
  }
}

function withMore(known: Tally['voice'], { terminals, blocks, late, lost }: NonNullable<Tally['voice']>): NonNullable<Tally['voice']> {
  return { terminals: (known?.terminals ?? 0) + terminals, blocks: (known?.blocks ?? 0) + blocks, late: (known?.late ?? 0) + late, lost: (known?.lost ?? 0) + lost };
}

function counterOf(row: { readonly terminal: string; readonly acked: string; readonly highest: string }): CounterState {
  return { terminal: row.terminal as TerminalId, acked: Number(row.acked), highest: Number(row.highest) };
}
