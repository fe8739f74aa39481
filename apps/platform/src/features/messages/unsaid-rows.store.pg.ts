import { Inject, Injectable } from '@nestjs/common';
import type { PlatformId } from '#libs/contracts';
import type { Database } from '../../kernel/database';
import { DATABASE } from '../../kernel/tokens';
import { AuditEvidence, type UnsaidRow } from '../audit';

/** What the leaf of a signature that is owed says of it, as its canonical JSON has it. */
const OWED = `'"facts":{"airedAt":' || s.aired_at || ',"count":' || s.count || ',"dueAt":' || s.due_at || ',"role":' || to_json(s.role) || ',"step":' || to_json(s.step) || ',"unit":' || COALESCE(to_json(s.unit)::text, 'null') || '}'`;

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
      `SELECT platform, 'MESSAGE_UNSAID' AS code, 'message' AS "table", m.id::text AS row FROM message m
        WHERE NOT EXISTS (${LEAF} AND m.digest ~ '^[0-9a-f]{64}$' AND strpos(l.body, '"' || m.digest || '"') > 0 AND (l.kind = 'dispatch.placed' OR l.kind = 'message.submitted' AND strpos(l.body, '"hold":' || m.hold) > 0))
       UNION ALL
       SELECT m.platform, 'CORRECTION_UNSAID', 'message_correction', c.digest FROM message_correction c JOIN message m ON m.id = c.message
        WHERE NOT EXISTS (${LEAF} AND l.kind = 'message.submitted' AND c.digest ~ '^[0-9a-f]{64}$' AND strpos(l.body, '"' || c.digest || '"') > 0)
       UNION ALL
       SELECT platform, 'APPROVAL_UNSAID', 'approval', a.message || ' ' || a.person FROM approval a JOIN message m ON m.id = a.message
        WHERE NOT EXISTS (${LEAF} AND l.kind IN ('approval.signed', 'approval.returned', 'approval.late') AND a.payload_digest ~ '^[0-9a-f]{64}$' AND strpos(l.body, '"' || a.payload_digest || '"') > 0)
       UNION ALL
       SELECT m.platform, 'SESSION_KEY_UNSAID', 'message', m.id::text FROM message m JOIN audit_leaf l ON l.platform = m.platform AND l.subject = m.id::text AND l.kind = 'message.submitted'
        WHERE m.session_key IS DISTINCT FROM substring(l.body FROM '"sessionKey":"([0-9a-f]{64})"')
       UNION ALL
       SELECT platform, 'STATE_UNSAID', 'message', m.id::text FROM message m JOIN (VALUES
           ('approved', ARRAY['approval.signed', 'permit.used']), ('dispatched', ARRAY['dispatch.placed']), ('returned', ARRAY['approval.returned']), ('withdrawn', ARRAY['message.withdrawn']),
           ('expired', ARRAY['message.expired']), ('completed', ARRAY['message.completed'])) AS needs (state, kinds) ON needs.state = m.state
        WHERE NOT EXISTS (${LEAF} AND l.kind = ANY(needs.kinds))
       UNION ALL
       SELECT platform, 'STATE_UNSAID', 'message', m.id::text FROM message m
        WHERE m.state = 'stopped' AND NOT EXISTS (${LEAF} AND l.kind IN ('message.stopped', 'consent.correct'))
          AND NOT EXISTS (SELECT 1 FROM stop s WHERE m.digest = ANY(s.digests) OR s.everything AND s.recorded_at >= m.submitted_at)
       UNION ALL
       SELECT d.platform, 'DISPATCH_UNSAID', 'dispatch', d.payload_digest FROM dispatch d JOIN message m ON m.id = d.message
        WHERE NOT EXISTS (${LEAF} AND l.kind = 'dispatch.placed' AND d.payload_digest ~ '^[0-9a-f]{64}$' AND strpos(l.body, '"' || d.payload_digest || '"') > 0)
       UNION ALL
       SELECT m.platform, 'LATE_UNSAID', 'late_signature', s.message || ' ' || s.step FROM late_signature s JOIN message m ON m.id = s.message
        WHERE NOT EXISTS (${LEAF} AND l.kind = 'approval.owed' AND strpos(l.body, ${OWED}) > 0)
           OR s.told_at IS NOT NULL AND NOT EXISTS (${LEAF} AND l.kind = 'approval.overdue' AND strpos(l.body, '"step":' || to_json(s.step) || '}') > 0)
       UNION ALL
       SELECT m.platform, 'LATE_GONE', 'late_signature', m.id::text FROM message m
        WHERE (SELECT count(*) FROM late_signature s WHERE s.message = m.id) < (SELECT count(*) FROM audit_leaf l WHERE l.platform = m.platform AND l.subject = m.id::text AND l.kind = 'approval.owed')
       UNION ALL
       SELECT p.platform, 'PERMIT_UNSAID', 'permit', p.digest FROM permit p
        WHERE (p.withdrawn_at IS NOT NULL) <> EXISTS (SELECT 1 FROM audit_leaf l WHERE l.platform = p.platform AND l.subject = p.digest AND l.kind = 'permit.withdrawn')
       UNION ALL
       SELECT m.platform, 'PERMIT_USE_UNSAID', 'permit_use', u.message::text FROM permit_use u JOIN message m ON m.id = u.message
        WHERE NOT EXISTS (${LEAF} AND l.kind = 'permit.used' AND u.permit ~ '^[0-9a-f]{64}$' AND strpos(l.body, '"' || u.permit || '"') > 0 AND strpos(l.body, '"beginsAt":' || u.begins_at || ',') > 0)
       UNION ALL
       SELECT d.platform, 'DRILL_UNSAID', 'drill', d.id::text FROM drill d
        WHERE NOT EXISTS (SELECT 1 FROM audit_leaf l WHERE l.platform = d.platform AND l.subject = d.id::text AND l.kind = 'drill.planned')
           OR (d.cancelled_at IS NOT NULL) <> EXISTS (SELECT 1 FROM audit_leaf l WHERE l.platform = d.platform AND l.subject = d.id::text AND l.kind = 'drill.cancelled')`,
    );
  }
}
