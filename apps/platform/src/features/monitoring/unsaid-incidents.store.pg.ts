import { Inject, Injectable } from '@nestjs/common';
import type { PlatformId } from '#libs/contracts';
import type { Database } from '../../kernel/database';
import { DATABASE } from '../../kernel/tokens';
import { AuditEvidence, type UnsaidRow } from '../audit';

const LEAF = 'SELECT 1 FROM audit_leaf l WHERE l.platform = i.platform AND l.subject = i.id::text';

/** Incidents that nobody opened, or that are called handled and nobody handled them; and, once a day, those that are gone (threats T61). */
@Injectable()
export class PgUnsaidIncidents {
  constructor(@Inject(DATABASE) private readonly database: Database, evidence: AuditEvidence) {
    evidence.provideUnsaid(() => this.standing());
    evidence.provideLong(() => this.gone());
  }

  private standing(): Promise<readonly UnsaidRow[]> {
    return this.database.query<UnsaidRow & { readonly platform: PlatformId }>(
      `SELECT i.platform, 'INCIDENT_UNSAID' AS code, 'incident' AS "table", i.id::text AS row FROM incident i
        WHERE NOT EXISTS (${LEAF} AND l.kind = 'incident.opened') OR i.state <> 'open' AND NOT EXISTS (${LEAF} AND l.kind = 'incident.' || i.state)`,
    );
  }

  private async *gone(): AsyncGenerator<readonly UnsaidRow[]> {
    yield await this.database.query<UnsaidRow & { readonly platform: PlatformId }>(
      `SELECT l.platform, 'INCIDENT_GONE' AS code, 'incident' AS "table", l.subject AS row FROM audit_leaf l
        WHERE l.kind = 'incident.opened' AND l.subject ~ '^[0-9a-f-]{36}$' AND NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = l.subject::uuid)`,
    );
  }
}
