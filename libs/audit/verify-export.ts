import type { AuditVerdict } from '#libs/contracts';
import { ExportVerifier, type VerifyBy } from './export-verifier';

/** Reads a whole export; each line without its line feed. Stops at the first fault. */
export async function verifyExport(lines: AsyncIterable<string> | Iterable<string>, by: VerifyBy = {}): Promise<AuditVerdict> {
  const verifier = new ExportVerifier(by);
  for await (const line of lines) {
    const fault = verifier.take(line);
    if (fault !== undefined) return fault;
  }
  return verifier.verdict();
}
