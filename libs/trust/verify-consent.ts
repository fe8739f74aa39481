import { consentSchema, LIMITS, type Consent, type Digest, type KeyId } from '#libs/contracts';
import type { TakenBack } from '#libs/domain';
import { attestOne, holderAt } from './attest';
import { openEnvelope, payloadReader } from './open-envelope';
import { ok, refuse, type Result } from './result';
import type { TrustState } from './trust-state';

const readConsent = payloadReader(consentSchema);

/** A stopper's genuine word that a correction may be said or a stopped message may go on. */
export interface VerifiedConsent {
  readonly consent: Consent;
  /** SHA-256 of the payload bytes, as a dispatch names it. */
  readonly digest: Digest;
  readonly keyId: KeyId;
}

/**
 * A consent by one person of the platform's roster who is a stopper, in the person's own name, with a key that is not
 * revoked, not signed in the future by more than a person's clock may be wrong. What it consents to is the order's part.
 */
export function verifyConsent(state: TrustState, value: unknown, now: number): Result<VerifiedConsent> {
  const opened = openEnvelope(value, 'consent', state.cache);
  if (!opened.ok) return opened;
  const signers = attestOne(state, opened.value, 'person');
  if (!signers.ok) return signers;
  const parsed = readConsent(opened.value, state.cache);
  if (!parsed.ok) return parsed;
  const consent = parsed.value;
  const signer = holderAt(state, signers.value, consent.platform);
  if (!signer.ok) return signer;
  const { person, key } = signer.value;
  if (person.id !== consent.person) return refuse('REJ_CONSENT', 'person');
  if (!person.roles.includes('stopper')) return refuse('REJ_CONSENT', 'stopper');
  if (consent.signedAt > now + LIMITS.signerClockMs) return refuse('REJ_NOT_YET', 'signedAt');
  return ok({ consent, digest: opened.value.digest, keyId: key.keyId });
}

/** The stops that a consent takes back; none of a consent to a correction. */
export function takenBackBy({ act, signedAt }: Pick<Consent, 'act' | 'signedAt'>): readonly TakenBack[] {
  switch (act.kind) {
    case 'resume': return [act.stop, ...(act.also ?? [])].map((stopId) => ({ stopId, consentedAt: signedAt }));
    case 'correct': return [];
  }
}
