import { verifyExport } from '#libs/audit';
import type { AuditVerdict } from '#libs/contracts';
import { SequenceLeaves } from '../../apps/platform/src/features/audit';
import { python, verdictsInPython } from './audit-python';
import type { MessageFlow } from './message-flow';

/** What both verifiers of audits say of all that the platform has written down so far; one verdict where there is no Python for the second. */
export async function auditedByBoth({ server, as }: MessageFlow): Promise<readonly AuditVerdict[]> {
  server.clock.advance(60_001);
  while ((await server.app.get(SequenceLeaves).run()) > 0);
  const { token } = await as('d-auditor');
  const response = await fetch(`${server.base}/api/audit/export`, { headers: { authorization: `Bearer ${token}` } });
  const lines = (await response.text()).trimEnd().split('\n');
  return [await verifyExport(lines), ...(python === undefined ? [] : verdictsInPython([{ lines, witness: [], root: null }]))];
}
