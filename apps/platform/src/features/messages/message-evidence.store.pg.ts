import { Inject, Injectable } from '@nestjs/common';
import type { Database } from '../../kernel/database';
import { DATABASE } from '../../kernel/tokens';
import { AuditEvidence, type KeptBytes } from '../audit';

/** A leaf that somebody edited may name anything. */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

type Row = KeptBytes & { readonly name: string };

const byName = (rows: readonly Row[]): ReadonlyMap<string, KeptBytes> => new Map(rows.map(({ name, ...kept }) => [name, kept]));

/** Messages with what takes them back, and permits, by digest, and approvals, by message and person, for the audit's export. */
@Injectable()
export class PgMessageEvidence {
  constructor(@Inject(DATABASE) database: Database, evidence: AuditEvidence) {
    evidence.provide('message', 'message', async (scope, digests) => byName(await database.query<Row>(
      // A correction that was given is a message as well; that row, with more to compare, comes last and counts.
      `SELECT c.digest AS name, c.envelope, '{}'::jsonb AS columns FROM message_correction c JOIN message m ON m.id = c.message
        WHERE ($1::text[] IS NULL OR m.platform = ANY($1)) AND c.digest = ANY($2)
       UNION ALL
       SELECT digest, envelope, jsonb_build_object('id', id, 'platform', platform, 'author', author, 'class', class, 'mode', mode, 'notBefore', not_before, 'notAfter', not_after)
         FROM message WHERE ($1::text[] IS NULL OR platform = ANY($1)) AND digest = ANY($2)`,
      [scope.platforms, digests],
    )));
    evidence.provide('permit', 'permit', async (scope, digests) => byName(await database.query<Row>(
      'SELECT digest AS name, envelope, jsonb_build_object(\'platform\', platform) AS columns FROM permit WHERE ($1::text[] IS NULL OR platform = ANY($1)) AND digest = ANY($2)', [scope.platforms, digests],
    )));
    evidence.provide('approval', 'approval', async (scope, names) => byName(await database.query<Row>(
      `SELECT a.message || ' ' || a.person AS name, a.envelope, jsonb_build_object('person', a.person, 'step', a.step, 'decision', a.decision, 'messageDigest', m.digest) AS columns FROM approval a JOIN message m ON m.id = a.message
        WHERE ($1::text[] IS NULL OR m.platform = ANY($1)) AND a.message = ANY($2::uuid[])`,
      [scope.platforms, names.map((name) => name.split(' ')[0] ?? '').filter((id) => UUID.test(id))],
    )));
  }
}
