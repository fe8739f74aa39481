import { revocationSchema, type EnvelopeShape } from '#libs/contracts';
import { parseEnvelope, unverifiedPayload, wordOf } from '#libs/envelope';

/**
 * The certificates that a document revokes, by fingerprint. The platform verified it before it pushed it, and the worst
 * that a false one could do here is a new certificate of the same authority: so it is read, not judged.
 */
export function certificatesRevokedBy(document: EnvelopeShape): readonly string[] {
  const parsed = parseEnvelope(document);
  if (!parsed.ok || wordOf(parsed.envelope.payloadType) !== 'revocation') return [];
  const revocation = revocationSchema.safeParse(unverifiedPayload(parsed.envelope));
  return (revocation.data?.certificates ?? []).map(({ fingerprint }) => fingerprint);
}
