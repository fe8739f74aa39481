import { Inject, Injectable } from '@nestjs/common';
import type { Database } from '../../kernel/database';
import { DATABASE } from '../../kernel/tokens';
import { AuditEvidence, type KeptBytes } from '../audit';

/** Assignments for the audit's export, by digest. */
@Injectable()
export class PgAssignmentEvidence {
  constructor(@Inject(DATABASE) database: Database, evidence: AuditEvidence) {
    evidence.provide('assignment', 'assignment', async (scope, digests) => {
      const rows = await database.query<KeptBytes & { readonly name: string }>(
        `SELECT digest AS name, envelope, jsonb_build_object('platform', platform) AS columns FROM assignment WHERE ($1::text[] IS NULL OR platform = ANY($1)) AND digest = ANY($2)`, [scope.platforms, digests],
      );
      return new Map(rows.map(({ name, ...kept }) => [name, kept]));
    });
  }
}
