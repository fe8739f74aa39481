import { Inject, Injectable } from '@nestjs/common';
import type { PlatformId } from '#libs/contracts';
import type { Database } from '../../kernel/database';
import { DATABASE } from '../../kernel/tokens';
import { AuditEvidence, type UnsaidRow } from '../audit';

/** Consents and stops that no leaf tells of, and numbers of dispatches that were turned back (threats T61, T65). */
@Injectable()
export class PgUnsaidDispatches {
  constructor(@Inject(DATABASE) private readonly database: Database, evidence: AuditEvidence) {
    evidence.provideUnsaid(() => this.rows());
  }

  private rows(): Promise<readonly UnsaidRow[]> {
    return this.database.query<UnsaidRow & { readonly platform: PlatformId }>(
      `SELECT c.platform, 'CONSENT_UNSAID' AS code, 'consent' AS "table", c.digest AS row FROM consent c
        WHERE NOT EXISTS (SELECT 1 FROM audit_leaf l WHERE l.platform = c.platform AND l.subject = c.message::text AND l.kind LIKE 'consent.%' AND c.digest ~ '^[0-9a-f]{64}$' AND strpos(l.body, '"' || c.digest || '"') > 0)
       UNION ALL
       SELECT s.platform, 'STOP_UNSAID', 'stop', s.id::text FROM stop s
        WHERE NOT EXISTS (SELECT 1 FROM audit_leaf l WHERE l.platform = s.platform AND l.subject = s.id::text AND l.kind = 'stop.imported')
          AND NOT EXISTS (SELECT 1 FROM message m JOIN audit_leaf l ON l.platform = m.platform AND l.subject = m.id::text
                           WHERE m.digest = ANY(s.digests) AND l.kind = 'stop.placed' AND strpos(l.body, s.id::text) > 0)
       UNION ALL
       SELECT n.platform, 'SEQUENCE_UNSAID', 'dispatch_sequence', n.epoch::text FROM dispatch_sequence n
        WHERE n.seq <> (SELECT coalesce(max(d.seq), 0) FROM dispatch d WHERE d.platform = n.platform AND d.epoch = n.epoch)
       UNION ALL
       SELECT e.platform, 'EPOCH_UNSAID', 'dispatcher_epoch', e.epoch::text FROM dispatcher_epoch e
        WHERE e.epoch < (SELECT coalesce(max(d.epoch), 0) FROM dispatch d WHERE d.platform = e.platform)`,
    );
  }
}
