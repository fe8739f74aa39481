import type { EnvelopeShape, PlatformId } from '#libs/contracts';
import { attestOne } from './attest';
import { openEnvelope } from './open-envelope';
import type { TrustState } from './trust-state';

/**
 * Whether this is a dispatch, with this payload, over which the dispatcher key of this platform holds: what a terminal
 * hands in as proof that somebody uses the key. Nothing else of it is asked, for it is what was refused.
 */
export function isSignedDispatch(state: TrustState, value: EnvelopeShape, payloadDigest: string, platform: PlatformId): boolean {
  const opened = openEnvelope(value, 'dispatch', state.cache);
  if (!opened.ok || opened.value.digest.toString() !== payloadDigest) return false;
  const signers = attestOne(state, opened.value, 'dispatcher');
  return signers.ok && signers.value.some((holder) => holder.platform === platform);
}
