import { Inject, Injectable } from '@nestjs/common';
import type { PlatformId } from '#libs/contracts';
import type { Database } from '../../kernel/database';
import { DATABASE } from '../../kernel/tokens';
import { AuditEvidence, type UnsaidRow } from '../audit';

const LEAF = "SELECT 1 FROM audit_leaf l WHERE l.platform = m.platform AND l.subject = m.id::text";

/**
 * Rows of messages and approvals that no leaf of their platform tells of (threats T61): somebody wrote them past the
 * server. A state has the leaf of the act that leads to it; what ended by a stop is told by the stop's own leaf.
 */
@Injectable()
export class PgUnsaidMessages {
  constructor(@Inject(DATABASE) private readonly database: Database, evidence: AuditEvidence) {
    evidence.provideUnsaid(() => this.rows());
  }

  private rows(): Promise<readonly UnsaidRow[]> {
    return this.database.query<UnsaidRow & { readonly platform: PlatformId }>(
      `SELECT platform, 'MESSAGE_UNSAID' AS code, m.digest AS subject FROM message m
        WHERE NOT EXISTS (${LEAF} AND l.kind IN ('message.submitted', 'dispatch.placed') AND strpos(l.body, m.digest) > 0)
       UNION ALL
       SELECT platform, 'APPROVAL_UNSAID', a.payload_digest FROM approval a JOIN message m ON m.id = a.message
        WHERE NOT EXISTS (${LEAF} AND l.kind IN ('approval.signed', 'approval.returned', 'approval.late') AND strpos(l.body, a.payload_digest) > 0)
       UNION ALL
       SELECT platform, 'STATE_UNSAID', m.digest FROM message m JOIN (VALUES
           ('approved', ARRAY['approval.signed', 'permit.used']), ('dispatched', ARRAY['dispatch.placed']), ('returned', ARRAY['approval.returned']), ('withdrawn', ARRAY['message.withdrawn']),
           ('expired', ARRAY['message.expired']), ('completed', ARRAY['message.completed'])) AS needs (state, kinds) ON needs.state = m.state
        WHERE NOT EXISTS (${LEAF} AND l.kind = ANY(needs.kinds))
       UNION ALL
       SELECT d.platform, 'DISPATCH_UNSAID', d.payload_digest FROM dispatch d JOIN message m ON m.id = d.message
        WHERE NOT EXISTS (${LEAF} AND l.kind = 'dispatch.placed' AND strpos(l.body, d.payload_digest) > 0)`,
    );
  }
}
