import { Inject, Injectable } from '@nestjs/common';
import type { Database } from '../../kernel/database';
import { DATABASE } from '../../kernel/tokens';
import { canonicalJson, parseEnvelope } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';
import { AuditEvidence, type KeptBytes } from '../audit';

/** A leaf that somebody edited may name anything. */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

type Row = KeptBytes & { readonly name: string };
interface OrderRow { readonly name: string; readonly order_text: string; readonly message: string | null; readonly approvals: readonly string[]; readonly columns: Readonly<Record<string, unknown>> }

const byName = (rows: readonly Row[]): ReadonlyMap<string, KeptBytes> => new Map(rows.map(({ name, ...kept }) => [name, kept]));

/** What dispatchers and stoppers signed, for the audit's export: dispatches and consents by digest, stops by id. */
@Injectable()
export class PgDispatchEvidence {
  constructor(@Inject(DATABASE) database: Database, evidence: AuditEvidence) {
    evidence.provide('dispatch', 'dispatch', async (scope, digests) => byName((await database.query<OrderRow>(
      `SELECT d.payload_digest AS name, d.order_text,
              coalesce((SELECT m.envelope FROM message m WHERE m.digest = d.message_digest), (SELECT c.envelope FROM message_correction c WHERE c.digest = d.message_digest)) AS message,
              ARRAY(SELECT a.envelope FROM approval a WHERE a.message = d.message) AS approvals,
              jsonb_build_object('dispatchId', d.id, 'messageDigest', d.message_digest, 'platform', d.platform, 'epoch', d.epoch, 'seq', d.seq, 'startAt', d.start_at, 'notAfter', d.not_after,
                'maxDurationMs', d.max_duration_ms, 'repeats', d.repeats, 'issuedAt', d.issued_at) AS columns
         FROM dispatch d WHERE ($1::text[] IS NULL OR d.platform = ANY($1)) AND d.payload_digest = ANY($2)`,
      [scope.platforms, digests],
    )).map(orderIn)));
    evidence.provide('consent', 'consent', async (scope, digests) => byName(await database.query<Row>(
      `SELECT digest AS name, envelope, jsonb_build_object('platform', platform, 'person', person) AS columns
         FROM consent WHERE ($1::text[] IS NULL OR platform = ANY($1)) AND digest = ANY($2)`, [scope.platforms, digests],
    )));
    evidence.provide('stop', 'stop', async (scope, ids) => byName(await database.query<Row>(
      `SELECT id::text AS name, envelope, jsonb_build_object('stopId', id, 'platform', platform, 'area', area, 'issuedAt', issued_at, 'notAfter', not_after,
                'scope', CASE WHEN everything THEN jsonb_build_object('kind', 'all') ELSE jsonb_build_object('kind', 'messages', 'messages', digests) END) AS columns
         FROM stop WHERE ($1::text[] IS NULL OR platform = ANY($1)) AND id = ANY($2::uuid[])`, [scope.platforms, ids.filter((id) => UUID.test(id))],
    )));
  }
}

/**
 * The dispatch inside an order that went out; '' of a row that somebody edited. What goes with it must be the very bytes
 * that were handed in: a message or an approval spoiled in the order would be refused by every terminal.
 */
function orderIn({ name, order_text: text, message, approvals, columns }: OrderRow): Row {
  const order = partsIn(text);
  const given = new Set(approvals.map(spellingOf));
  const isWhole = spelled(order.message) === spellingOf(message ?? '') && order.approvals.every((approval) => given.has(spelled(approval)));
  return {
    name, envelope: order.dispatch === undefined ? '' : JSON.stringify(order.dispatch),
    columns: { ...columns, approvals: isWhole ? order.approvals.map(digestOf).sort() : 'other bytes than were handed in' },
  };
}

function partsIn(text: string): { readonly dispatch: unknown; readonly message: unknown; readonly approvals: readonly unknown[] } {
  const parsed = jsonOf(text);
  const { dispatch, message, approvals } = { dispatch: undefined, message: undefined, approvals: undefined, ...(typeof parsed === 'object' && parsed !== null ? parsed : {}) };
  return { dispatch, message, approvals: Array.isArray(approvals) ? approvals : [] };
}

function digestOf(envelope: unknown): string {
  const parsed = parseEnvelope(envelope);
  return parsed.ok ? sha256Hex(parsed.payload) : '';
}

function spelled(envelope: unknown): string {
  const parsed = parseEnvelope(envelope);
  return parsed.ok ? canonicalJson(parsed.envelope) : '';
}

function spellingOf(text: string): string {
  return spelled(jsonOf(text));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
