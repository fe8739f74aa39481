import { Inject, Injectable } from '@nestjs/common';
import { assignmentSchema, type PlatformId } from '#libs/contracts';
import { parseEnvelope, unverifiedPayload } from '#libs/envelope';
import type { Database } from '../../kernel/database';
import { DATABASE } from '../../kernel/tokens';
import { AuditEvidence, type UnsaidRow } from '../audit';

/** One row in `assignment` names up to as many terminals as a batch holds. */
const PAGE = 50;

interface TerminalPlace { readonly id: string; readonly platform: PlatformId; readonly area: string; readonly code: string; readonly version: string; readonly place: string | null }

/** Device keys that no enrolment names, assignments that nobody accepted, and terminals whose row says another place than the officers signed (threats T61). */
@Injectable()
export class PgUnsaidTerminals {
  constructor(@Inject(DATABASE) private readonly database: Database, evidence: AuditEvidence) {
    evidence.provideUnsaid(() => this.keys());
    evidence.provideLong(() => this.places());
  }

  private keys(): Promise<readonly UnsaidRow[]> {
    return this.database.query<UnsaidRow & { readonly platform: PlatformId }>(
      `SELECT t.platform, 'DEVICE_UNSAID' AS code, 'terminal' AS "table", t.id AS row FROM terminal t
        WHERE t.device_key_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM audit_leaf l WHERE l.subject = t.id AND l.platform IN (SELECT id FROM platform)
          AND l.kind = 'terminal.enrolled' AND t.device_key_id ~ '^[0-9a-f]{64}$' AND strpos(l.body, '"' || t.device_key_id || '"') > 0 AND t.device_spki !~ '"' AND strpos(l.body, '"' || t.device_spki || '"') > 0)
       UNION ALL
       SELECT a.platform, 'ASSIGNMENT_UNSAID', 'assignment', a.digest FROM assignment a
        WHERE NOT EXISTS (SELECT 1 FROM audit_leaf l WHERE l.platform = a.platform AND l.subject = a.digest AND l.kind = 'assignment.accepted')`,
    );
  }

  /** The newest entry that officers signed for each terminal, read batch by batch, and then the rows beside it. */
  private async *places(): AsyncGenerator<readonly UnsaidRow[]> {
    // The rows first: an assignment that is accepted meanwhile is then newer than its row, never the other way round.
    const rows = await this.database.query<TerminalPlace>('SELECT id, platform, area, resource_code AS code, assignment_version AS version, assignment AS place FROM terminal');
    const signed = new Map<string, { readonly platform: string; readonly areas: readonly string[]; readonly code: string; readonly version: number; readonly place: string }>();
    for (let after = '0'; ;) {
      const page = await this.database.query<{ readonly place: string; readonly envelope: string }>('SELECT place, envelope FROM assignment WHERE place > $1 ORDER BY place LIMIT $2', [after, PAGE]);
      for (const { place, envelope } of page) {
        const assignment = assignmentSchema.safeParse(payloadIn(envelope)).data;
        for (const { terminal, areas, resourceCode, version } of assignment?.terminals ?? []) {
          if ((signed.get(terminal)?.version ?? 0) < version) signed.set(terminal, { platform: assignment?.platform ?? '', areas: areas.map(({ id }) => id), code: resourceCode, version, place });
        }
      }
      yield [];
      if (page.length < PAGE) break;
      after = page.at(-1)?.place ?? after;
    }
    const again = new Map((await this.database.query<{ readonly id: string; readonly version: string }>('SELECT id, assignment_version AS version FROM terminal')).map(({ id, version }) => [id, version]));
    yield rows.filter(({ id, platform, area, code, version, place }) => {
      const entry = signed.get(id);
      if (again.get(id) !== version) return false;
      if (entry === undefined) return place !== null;
      return entry.platform !== platform || !entry.areas.includes(area) || entry.code !== code || entry.version !== Number(version) || entry.place !== place;
    }).map(({ platform, id }) => ({ platform, code: 'TERMINAL_UNSAID', table: 'terminal', row: id }));
  }
}

/** Undefined of a row that somebody spoiled: that is found where its bytes are compared. */
function payloadIn(text: string): unknown {
  try {
    const parsed = parseEnvelope(JSON.parse(text));
    return parsed.ok ? unverifiedPayload(parsed.envelope) : undefined;
  } catch {
    return undefined;
  }
}
