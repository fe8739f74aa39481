import { spawnSync } from 'node:child_process';
import { createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { verifyExport } from '#libs/audit';
import type { AuditVerdict } from '#libs/contracts';
import { canonicalJson } from '#libs/envelope';
import { ApiClient, systemClock } from '../../../cli/src';
import type { Stage } from '../stage';

const SECOND_VERIFIER = path.resolve(__dirname, '../../../../../examples/audit-verifier-python/verify.py');

/** The day's audit, taken out of the server and proved without it: by our verifier, and by the one in Python where it runs. */
export async function proveAudit(stage: Stage): Promise<Readonly<Record<string, unknown>>> {
  const folder = mkdtempSync(path.join(tmpdir(), 'clarion-day-audit-'));
  const file = path.join(folder, 'audit.jsonl');
  try {
    const api = new ApiClient(stage.config, systemClock);
    await api.signIn('district-admin', readFileSync(path.join(stage.config.demoKeysDir, 'passphrase'), 'utf8').trim());
    const { bytes } = await api.download('/api/audit/export?details=yes', file);
    const begun = systemClock.now();
    const verdict = await verifyExport(createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY }));
    const auditVerifyMs = systemClock.now() - begun;
    stage.checks.add('the audit proves itself without the server', proves(verdict), JSON.stringify(verdict));
    const second = inPython(file);
    if (second !== undefined) stage.checks.add('a second verifier, in Python, says the same of it', second === canonicalJson(verdict), second);
    const counts: Partial<Extract<AuditVerdict, { readonly ok: true }>['counts']> = verdict.ok ? verdict.counts : {};
    return { auditBytes: bytes, auditVerifyMs, auditLeaves: counts.leaves ?? 0, auditApprovals: counts.approvals ?? 0, auditRecords: counts.records ?? 0, auditWitnesses: counts.witnesses ?? 0 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** With something in it: approvals, dispatches, and words of terminals that saw the heads. */
function proves(verdict: AuditVerdict): boolean {
  return verdict.ok && [verdict.counts.approvals, verdict.counts.dispatches, verdict.counts.records, verdict.counts.witnesses].every((count) => count > 0);
}

/** Its verdict as it prints it, canonical JSON; undefined where there is no Python with the package that it needs. */
function inPython(file: string): string | undefined {
  for (const python of ['/usr/bin/python3', 'python3']) {
    const run = spawnSync(python, ['-B', SECOND_VERIFIER, file], { encoding: 'utf8', maxBuffer: 16_000_000 });
    if (run.status === 0 || run.status === 4) return run.stdout.trim();
  }
  return undefined;
}
