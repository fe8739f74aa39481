import { headSchema, type Head, type KeyId } from '#libs/contracts';
import { attestOne, holderAt } from './attest';
import { openEnvelope, readPayload } from './open-envelope';
import { ok, type Result } from './result';
import type { TrustState } from './trust-state';

/** A tree head signed by the log key of the platform it speaks of (RFC 6962 3.5). Consistency is the witness's to check. */
export function verifyHead(state: TrustState, value: unknown): Result<{ readonly head: Head; readonly keyId: KeyId }> {
  const opened = openEnvelope(value, 'head');
  if (!opened.ok) return opened;
  const signers = attestOne(state, opened.value, 'log');
  if (!signers.ok) return signers;
  const head = readPayload(opened.value, headSchema);
  if (!head.ok) return head;
  const signer = holderAt(state, signers.value, head.value.platform);
  return signer.ok ? ok({ head: head.value, keyId: signer.value.key.keyId }) : signer;
}
