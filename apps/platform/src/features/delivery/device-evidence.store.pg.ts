import { Inject, Injectable } from '@nestjs/common';
import type { Database } from '../../kernel/database';
import { DATABASE } from '../../kernel/tokens';
import { AuditEvidence, type KeptBytes } from '../audit';

/** What a terminal and its counter look like; a leaf that somebody edited may name anything. */
const RECORD = /^\S+ \d{1,16}$/;

type Row = KeptBytes & { readonly name: string };

const byName = (rows: readonly Row[]): ReadonlyMap<string, KeptBytes> => new Map(rows.map(({ name, ...kept }) => [name, kept]));
const COLUMNS = {
  isolate: "jsonb_build_object('isolateId', id, 'platform', platform, 'area', area, 'issuedAt', issued_at, 'notAfter', not_after)",
  restriction: "jsonb_build_object('restrictionId', id, 'platform', platform, 'area', area, 'kind', kind, 'notBefore', not_before, 'notAfter', not_after)",
} as const;

/** What terminals signed, by terminal and counter, isolates and restrictions, by digest, for the audit's export. */
@Injectable()
export class PgDeviceEvidence {
  constructor(@Inject(DATABASE) database: Database, evidence: AuditEvidence) {
    evidence.provide('record', 'device_record', async (scope, names) => {
      const parts = names.filter((name) => RECORD.test(name)).map((name) => name.split(' '));
      return byName(await database.query<Row>(
        `SELECT r.terminal || ' ' || r.counter AS name, r.envelope, jsonb_strip_nulls(jsonb_build_object('dispatchId', r.dispatch, 'messageDigest', r.message_digest)) AS columns FROM unnest($2::text[], $3::bigint[]) AS n (terminal, counter)
           JOIN device_record r ON r.terminal = n.terminal AND r.counter = n.counter WHERE $1::text[] IS NULL OR r.platform = ANY($1)`,
        [scope.platforms, parts.map(([terminal]) => terminal), parts.map(([, counter]) => counter)],
      ));
    });
    for (const word of ['isolate', 'restriction'] as const) {
      evidence.provide(word, word, async (scope, digests) => byName(await database.query<Row>(
        `SELECT digest AS name, envelope, ${COLUMNS[word]} AS columns FROM ${word} WHERE ($1::text[] IS NULL OR platform = ANY($1)) AND digest = ANY($2)`, [scope.platforms, digests],
      )));
    }
  }
}
