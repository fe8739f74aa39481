import { registrationOf, verifiedSignatures } from '#libs/suites';
import type { PlatformId } from '#libs/contracts';
import type { OpenedEnvelope } from './open-envelope';
import { ok, refuse, type Result } from './result';
import { holdersOf, isRevoked, type HolderOf, type KeyHolder, type KeyUse, type TrustState } from './trust-state';

/**
 * Facts 4b.4 steps 3 and 4, before anything is parsed: at least one signature by a key that this state knows in one of
 * these uses. Answers every holding of the keys whose signatures hold; which platform was meant shows only inside the
 * payload. What another platform lists the same key as takes nothing away here.
 */
export function attest<U extends KeyUse>(state: TrustState, opened: OpenedEnvelope, ...uses: readonly U[]): Result<readonly HolderOf<U>[]> {
  const known = opened.envelope.signatures.flatMap(({ keyid }) => holdersOf(state, keyid));
  if (known.length === 0) return refuse('REJ_KEY_UNKNOWN');
  const usable = known.filter((holder): holder is HolderOf<U> => isOfUse(holder, uses));
  if (usable.length === 0) return refuse('REJ_KEY_USAGE');
  const holding = new Set(verifiedSignatures(opened.envelope, opened.payload, usable.map(({ key }) => key), state.cache).map(registrationOf));
  if (holding.size === 0) return refuse('REJ_SIGNATURE');
  return ok(usable.filter(({ key }) => holding.has(registrationOf(key))));
}

/** As `attest`, for the kinds that one key signs: a second signature is a fault of shape, not a bonus. */
export function attestOne<U extends KeyUse>(state: TrustState, opened: OpenedEnvelope, ...uses: readonly U[]): Result<readonly HolderOf<U>[]> {
  return opened.envelope.signatures.length === 1 ? attest(state, opened, ...uses) : refuse('REJ_SHAPE', 'signatures');
}

/** After parsing: a signer who holds this use on the platform that the payload names, and is not revoked there. */
export function holderAt<H extends Exclude<KeyHolder, { readonly use: 'root' }>>(state: TrustState, holders: readonly H[], platform: PlatformId): Result<H> {
  const own = holders.filter((candidate) => candidate.platform === platform);
  const standing = own.find((candidate) => isRevoked(state, platform, candidate.key.keyId) === undefined);
  if (standing !== undefined) return ok(standing);
  return own[0] === undefined ? refuse('REJ_KEY_USAGE', 'platform') : refuse('REJ_KEY_REVOKED', own[0].key.keyId);
}

function isOfUse<U extends KeyUse>(holder: KeyHolder, uses: readonly U[]): holder is HolderOf<U> {
  return uses.some((use) => holder.use === use);
}
