import type { Charter, PlatformId } from '#libs/contracts';
import { refuse, type Refused } from './result';
import { revocationsOf, type HolderOf, type TrustState } from './trust-state';

/**
 * Whether enough officers of a platform signed a document issued at this time. Distinct persons are counted, not keys
 * (design 4). A key revoked as compromised counts for nothing; one that merely left still counts for what was issued
 * before it left, so that a charter outlives its signer's retirement.
 */
export function officersFault(
  state: TrustState, platform: PlatformId, charter: Charter, signers: readonly HolderOf<'officer'>[], issuedAt: number,
): Refused | undefined {
  const own = signers.filter((signer) => signer.platform === platform);
  if (own.length === 0) return refuse('REJ_KEY_USAGE', 'platform');
  const standing = own.filter((signer) => countsFor(state, platform, signer.key.keyId, issuedAt));
  if (distinctPersons(standing) >= charter.threshold) return undefined;
  return distinctPersons(own) >= charter.threshold ? refuse('REJ_KEY_REVOKED') : refuse('REJ_THRESHOLD');
}

/** Whether a key of `platform` counts for what was issued at this time: not revoked, or `left` only afterwards. */
export function countsFor(state: TrustState, platform: PlatformId, keyId: string, issuedAt: number): boolean {
  return revocationsOf(state, platform, keyId).every(({ reason, since }) => reason === 'left' && issuedAt < since);
}

function distinctPersons(signers: readonly HolderOf<'officer'>[]): number {
  return new Set(signers.map((signer) => signer.person)).size;
}
