import { Inject, Injectable } from '@nestjs/common';
import type { Database } from '../../kernel/database';
import { DATABASE } from '../../kernel/tokens';
import { AuditEvidence } from '../audit';

/** Assignments for the audit's export, by digest. */
@Injectable()
export class PgAssignmentEvidence {
  constructor(@Inject(DATABASE) database: Database, evidence: AuditEvidence) {
    evidence.provide('assignment', async (scope, digests) => {
      const rows = await database.query<{ name: string; envelope: string }>(
        'SELECT digest AS name, envelope FROM assignment WHERE ($1::text[] IS NULL OR platform = ANY($1)) AND digest = ANY($2)', [scope.platforms, digests],
      );
      return new Map(rows.map(({ name, envelope }) => [name, envelope]));
    });
  }
}
