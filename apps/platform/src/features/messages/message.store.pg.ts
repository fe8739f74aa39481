import type { Digest, KeyId, MessageId, MessageState, Mode, PersonId, PlatformId } from '#libs/contracts';
import type { Database, Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import type { ApprovalRecord, CorrectionRecord, MessageListFilter, MessageRecord, MessageStore, NewMessage } from './message.store';
import { storedEnvelope } from './stored-envelope';

const COLUMNS = `id, digest, platform, author, envelope, submitted_at, not_before, not_after, hold, state, approved_at, not_released`;
const IN_SCOPE = '($1::text[] IS NULL OR platform = ANY($1))';

interface MessageRow {
  readonly id: string;
  readonly digest: string;
  readonly platform: string;
  readonly author: string;
  readonly envelope: string;
  readonly submitted_at: string;
  readonly not_before: string;
  readonly not_after: string;
  readonly hold: boolean;
  readonly state: MessageState;
  readonly approved_at: string | null;
  readonly not_released: string | null;
}

interface CorrectionRow {
  readonly message: string;
  readonly kind: CorrectionRecord['kind'];
  readonly digest: string;
  readonly envelope: string;
  readonly given_id: string | null;
  readonly given_at: string | null;
}

interface ApprovalRow {
  readonly message: string;
  readonly person: string;
  readonly step: string;
  readonly decision: 'approve' | 'return';
  readonly payload_digest: string;
  readonly envelope: string;
  readonly received_at: string;
}

export class PgMessageStore implements MessageStore {
  constructor(private readonly database: Database) {}

  async insert(_scope: Scope, tx: Tx, message: NewMessage): Promise<boolean> {
    const inserted = await tx.execute(
      `INSERT INTO message (id, digest, platform, author, class, mode, envelope, submitted_at, not_before, not_after, hold, changed_at, session_key)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $8, $12) ON CONFLICT DO NOTHING`,
      [
        message.id, message.digest, message.platform, message.author, message.class, message.mode, JSON.stringify(message.envelope),
        message.submittedAt, message.notBefore, message.notAfter, message.hold, message.sessionKey,
      ],
    );
    return inserted === 1;
  }

  async insertCorrections(_scope: Scope, tx: Tx, message: MessageId, corrections: Parameters<MessageStore['insertCorrections']>[3]): Promise<boolean> {
    let inserted = 0;
    for (const { kind, digest, envelope } of corrections) {
      inserted += await tx.execute('INSERT INTO message_correction (message, kind, digest, envelope) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING', [message, kind, digest, JSON.stringify(envelope)]);
    }
    return inserted === corrections.length;
  }

  async corrections(_scope: Scope, messages: readonly MessageId[], tx?: Tx): Promise<readonly CorrectionRecord[]> {
    if (messages.length === 0) return [];
    const rows = await (tx ?? this.database).query<CorrectionRow>(
      `SELECT c.message, c.kind, c.digest, c.envelope, m.id AS given_id, m.submitted_at AS given_at
         FROM message_correction c LEFT JOIN message m ON m.digest = c.digest WHERE c.message = ANY($1::uuid[]) ORDER BY c.message, c.kind DESC`,
      [messages],
    );
    return rows.map((row) => ({
      message: row.message as MessageId,
      kind: row.kind,
      digest: row.digest as Digest,
      envelope: storedEnvelope(row.envelope),
      given: row.given_id === null ? null : { id: row.given_id as MessageId, at: Number(row.given_at) },
    }));
  }

  async originals(_scope: Scope, digests: readonly Digest[]): Promise<ReadonlyMap<Digest, MessageId>> {
    if (digests.length === 0) return new Map();
    const rows = await this.database.query<{ digest: string; message: string }>('SELECT digest, message FROM message_correction WHERE digest = ANY($1)', [digests]);
    return new Map(rows.map(({ digest, message }) => [digest as Digest, message as MessageId]));
  }

  async find(scope: Scope, id: string, tx?: Tx): Promise<MessageRecord | undefined> {
    const [row] = await (tx ?? this.database).query<MessageRow>(`SELECT ${COLUMNS} FROM message WHERE ${IN_SCOPE} AND id = $2`, [scope.platforms, id]);
    return row === undefined ? undefined : recordOf(row);
  }

  async byDigest(scope: Scope, digests: readonly Digest[]): Promise<readonly MessageRecord[]> {
    if (digests.length === 0) return [];
    return (await this.database.query<MessageRow>(`SELECT ${COLUMNS} FROM message WHERE ${IN_SCOPE} AND digest = ANY($2)`, [scope.platforms, digests])).map(recordOf);
  }

  async modeOf(_scope: Scope, platform: PlatformId, digest: Digest): Promise<Mode | undefined> {
    const [row] = await this.database.query<{ mode: Mode }>('SELECT mode FROM message WHERE platform = $1 AND digest = $2', [platform, digest]);
    return row?.mode;
  }

  async hasSessionKey(_scope: Scope, key: KeyId, but: MessageId | null): Promise<boolean> {
    return (await this.database.query('SELECT 1 FROM message WHERE session_key = $1 AND id IS DISTINCT FROM $2::uuid', [key, but])).length > 0;
  }

  async bySessionKey(scope: Scope, key: KeyId): Promise<MessageRecord | undefined> {
    const [row] = await this.database.query<MessageRow>(`SELECT ${COLUMNS} FROM message WHERE ${IN_SCOPE} AND session_key = $2`, [scope.platforms, key]);
    return row === undefined ? undefined : recordOf(row);
  }

  async list(scope: Scope, filter: MessageListFilter): Promise<readonly MessageRecord[]> {
    const rows = await this.database.query<MessageRow>(
      `SELECT ${COLUMNS} FROM message WHERE ${IN_SCOPE} AND ($2::text[] IS NULL OR state = ANY($2)) AND ($4::text IS NULL OR platform = $4) ORDER BY submitted_at DESC, id DESC LIMIT $3`,
      [scope.platforms, filter.states ?? null, filter.count, filter.platform ?? null],
    );
    return rows.map(recordOf);
  }

  async lock(scope: Scope, tx: Tx, id: string): Promise<MessageRecord | undefined> {
    const [row] = await tx.query<MessageRow>(`SELECT ${COLUMNS} FROM message WHERE ${IN_SCOPE} AND id = $2 FOR UPDATE`, [scope.platforms, id]);
    return row === undefined ? undefined : recordOf(row);
  }

  async move(scope: Scope, tx: Tx, id: MessageId, from: readonly MessageState[], to: MessageState, at: number): Promise<boolean> {
    const moved = await tx.execute(
      `UPDATE message SET state = $4, changed_at = $5, version = version + 1,
              approved_at = CASE WHEN $4 IN ('approved', 'dispatched') THEN coalesce(approved_at, $5) ELSE approved_at END
        WHERE ${IN_SCOPE} AND id = $2 AND state = ANY($3)`,
      [scope.platforms, id, from, to, at],
    );
    return moved === 1;
  }

  async moveByDigest(scope: Scope, tx: Tx, digests: readonly string[], from: readonly MessageState[], to: MessageState, at: number): Promise<readonly MessageRecord[]> {
    const rows = await tx.query<MessageRow>(
      `UPDATE message SET state = $4, changed_at = $5, version = version + 1
        WHERE ${IN_SCOPE} AND digest = ANY($2) AND state = ANY($3) RETURNING ${COLUMNS}`,
      [scope.platforms, digests, from, to, at],
    );
    return rows.map(recordOf);
  }

  async holdBack(scope: Scope, tx: Tx, id: MessageId, code: string): Promise<boolean> {
    const changed = await tx.execute(
      `UPDATE message SET not_released = $3 WHERE ${IN_SCOPE} AND id = $2 AND state = 'approved' AND not_released IS DISTINCT FROM $3`, [scope.platforms, id, code],
    );
    return changed === 1;
  }

  async expire(scope: Scope, tx: Tx, now: number): Promise<readonly MessageRecord[]> {
    const rows = await tx.query<MessageRow>(
      `UPDATE message SET state = 'expired', changed_at = $2, version = version + 1
        WHERE ${IN_SCOPE} AND state IN ('submitted', 'approved') AND not_after <= $2 RETURNING ${COLUMNS}`,
      [scope.platforms, now],
    );
    return rows.map(recordOf);
  }

  async approvals(_scope: Scope, ids: readonly MessageId[]): Promise<readonly ApprovalRecord[]> {
    const rows = await this.database.query<ApprovalRow>('SELECT * FROM approval WHERE message = ANY($1) ORDER BY received_at, person', [ids]);
    return rows.map(approvalOf);
  }

  async approvalsLocked(_scope: Scope, tx: Tx, id: MessageId): Promise<readonly ApprovalRecord[]> {
    const rows = await tx.query<ApprovalRow>('SELECT * FROM approval WHERE message = $1 ORDER BY received_at, person', [id]);
    return rows.map(approvalOf);
  }

  async insertApproval(_scope: Scope, tx: Tx, author: PersonId, approval: ApprovalRecord): Promise<boolean> {
    const inserted = await tx.execute(
      `INSERT INTO approval (message, author, person, step, decision, payload_digest, envelope, received_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT ON CONSTRAINT approval_once_per_person DO NOTHING`,
      [approval.message, author, approval.person, approval.step, approval.decision, approval.payloadDigest, JSON.stringify(approval.envelope), approval.receivedAt],
    );
    return inserted === 1;
  }
}

function recordOf(row: MessageRow): MessageRecord {
  return {
    id: row.id as MessageRecord['id'],
    digest: row.digest as MessageRecord['digest'],
    platform: row.platform as MessageRecord['platform'],
    author: row.author as MessageRecord['author'],
    envelope: storedEnvelope(row.envelope),
    submittedAt: Number(row.submitted_at),
    notBefore: Number(row.not_before),
    notAfter: Number(row.not_after),
    hold: row.hold,
    state: row.state,
    approvedAt: row.approved_at === null ? null : Number(row.approved_at),
    notReleased: row.not_released,
  };
}

function approvalOf(row: ApprovalRow): ApprovalRecord {
  return {
    message: row.message as ApprovalRecord['message'],
    person: row.person as ApprovalRecord['person'],
    step: row.step,
    decision: row.decision,
    payloadDigest: row.payload_digest as ApprovalRecord['payloadDigest'],
    envelope: storedEnvelope(row.envelope),
    receivedAt: Number(row.received_at),
  };
}
