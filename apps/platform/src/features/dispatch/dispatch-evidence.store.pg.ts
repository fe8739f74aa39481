import { Inject, Injectable } from '@nestjs/common';
import type { Database } from '../../kernel/database';
import { DATABASE } from '../../kernel/tokens';
import { AuditEvidence } from '../audit';

/** A leaf that somebody edited may name anything. */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface Row { readonly name: string; readonly envelope: string }

const byName = (rows: readonly Row[]): ReadonlyMap<string, string> => new Map(rows.map(({ name, envelope }) => [name, envelope]));

/** What dispatchers and stoppers signed, for the audit's export: dispatches and consents by digest, stops by id. */
@Injectable()
export class PgDispatchEvidence {
  constructor(@Inject(DATABASE) database: Database, evidence: AuditEvidence) {
    evidence.provide('dispatch', async (scope, digests) => {
      const rows = await database.query<{ readonly name: string; readonly order_text: string }>(
        'SELECT payload_digest AS name, order_text FROM dispatch WHERE ($1::text[] IS NULL OR platform = ANY($1)) AND payload_digest = ANY($2)', [scope.platforms, digests],
      );
      return byName(rows.map(({ name, order_text: order }) => ({ name, envelope: dispatchIn(order) })));
    });
    evidence.provide('consent', async (scope, digests) => byName(await database.query<Row>(
      'SELECT digest AS name, envelope FROM consent WHERE ($1::text[] IS NULL OR platform = ANY($1)) AND digest = ANY($2)', [scope.platforms, digests],
    )));
    evidence.provide('stop', async (scope, ids) => byName(await database.query<Row>(
      'SELECT id::text AS name, envelope FROM stop WHERE ($1::text[] IS NULL OR platform = ANY($1)) AND id = ANY($2::uuid[])', [scope.platforms, ids.filter((id) => UUID.test(id))],
    )));
  }
}

/** The dispatch inside an order that went out; '' of a row that somebody edited. */
function dispatchIn(order: string): string {
  try {
    const parsed: unknown = JSON.parse(order);
    return typeof parsed === 'object' && parsed !== null && 'dispatch' in parsed ? JSON.stringify(parsed.dispatch) : '';
  } catch {
    return '';
  }
}
