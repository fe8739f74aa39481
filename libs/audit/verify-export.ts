import type { AuditVerdict } from '#libs/contracts';
import { ExportVerifier } from './export-verifier';
import type { Witnesses } from './witnesses';

/** Reads a whole export; each line without its line feed. Stops at the first fault. */
export async function verifyExport(
  lines: AsyncIterable<string> | Iterable<string>, by: { readonly root?: string; readonly witnesses?: Witnesses } = {},
): Promise<AuditVerdict> {
  const verifier = new ExportVerifier(by.root ?? null, by.witnesses);
  for await (const line of lines) {
    const fault = verifier.take(line);
    if (fault !== undefined) return fault;
  }
  return verifier.verdict();
}
