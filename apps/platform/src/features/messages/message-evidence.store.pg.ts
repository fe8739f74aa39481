import { Inject, Injectable } from '@nestjs/common';
import type { Database } from '../../kernel/database';
import { DATABASE } from '../../kernel/tokens';
import { AuditEvidence } from '../audit';

/** A leaf that somebody edited may name anything. */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface Row { readonly name: string; readonly envelope: string }

const byName = (rows: readonly Row[]): ReadonlyMap<string, string> => new Map(rows.map(({ name, envelope }) => [name, envelope]));

/** Messages with what takes them back, and permits, by digest, and approvals, by message and person, for the audit's export. */
@Injectable()
export class PgMessageEvidence {
  constructor(@Inject(DATABASE) database: Database, evidence: AuditEvidence) {
    evidence.provide('message', async (scope, digests) => byName(await database.query<Row>(
      `SELECT digest AS name, envelope FROM message WHERE ($1::text[] IS NULL OR platform = ANY($1)) AND digest = ANY($2)
       UNION SELECT c.digest, c.envelope FROM message_correction c JOIN message m ON m.id = c.message
        WHERE ($1::text[] IS NULL OR m.platform = ANY($1)) AND c.digest = ANY($2)`,
      [scope.platforms, digests],
    )));
    evidence.provide('permit', async (scope, digests) => byName(await database.query<Row>(
      'SELECT digest AS name, envelope FROM permit WHERE ($1::text[] IS NULL OR platform = ANY($1)) AND digest = ANY($2)', [scope.platforms, digests],
    )));
    evidence.provide('approval', async (scope, names) => byName(await database.query<Row>(
      `SELECT a.message || ' ' || a.person AS name, a.envelope FROM approval a JOIN message m ON m.id = a.message
        WHERE ($1::text[] IS NULL OR m.platform = ANY($1)) AND a.message = ANY($2::uuid[])`,
      [scope.platforms, names.map((name) => name.split(' ')[0] ?? '').filter((id) => UUID.test(id))],
    )));
  }
}
