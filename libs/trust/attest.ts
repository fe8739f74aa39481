import { verifiedSignatures } from '#libs/suites';
import type { KeyRecord, PlatformId } from '#libs/contracts';
import type { OpenedEnvelope } from './open-envelope';
import { ok, refuse, type Result } from './result';
import { holdersOf, isRevoked, type HolderOf, type KeyHolder, type KeyUse, type TrustState } from './trust-state';

/**
 * Facts 4b.4 steps 3 and 4, before anything is parsed: at least one signature by a key that this state knows in this
 * use. Answers every holding of the keys whose signatures hold; which platform was meant shows only inside the payload.
 */
export function attest<U extends KeyUse>(state: TrustState, opened: OpenedEnvelope, use: U): Result<readonly HolderOf<U>[]> {
  const known = opened.envelope.signatures.flatMap(({ keyid }) => holdersOf(state, keyid));
  if (known.length === 0) return refuse('REJ_KEY_UNKNOWN');
  const usable = known.filter((holder): holder is HolderOf<U> => isOfUse(holder, use));
  if (usable.length === 0) return refuse('REJ_KEY_USAGE');
  const keys = new Map<string, KeyRecord>(usable.map((holder) => [holder.key.keyId, holder.key]));
  const holding = new Set(verifiedSignatures(opened.envelope, opened.payload, keys, state.cache).map((key) => key.keyId));
  if (holding.size === 0) return refuse('REJ_SIGNATURE');
  return ok(usable.filter((holder) => holding.has(holder.key.keyId)));
}

/** As `attest`, for the kinds that one key signs: a second signature is a fault of shape, not a bonus. */
export function attestOne<U extends KeyUse>(state: TrustState, opened: OpenedEnvelope, use: U): Result<readonly HolderOf<U>[]> {
  return opened.envelope.signatures.length === 1 ? attest(state, opened, use) : refuse('REJ_SHAPE', 'signatures');
}

/** After parsing: a signer who holds this use on the platform that the payload names, and is not revoked there. */
export function holderAt<H extends Exclude<KeyHolder, { readonly use: 'root' }>>(state: TrustState, holders: readonly H[], platform: PlatformId): Result<H> {
  const own = holders.filter((candidate) => candidate.platform === platform);
  const standing = own.find((candidate) => isRevoked(state, platform, candidate.key.keyId) === undefined);
  if (standing !== undefined) return ok(standing);
  return own[0] === undefined ? refuse('REJ_KEY_USAGE', 'platform') : refuse('REJ_KEY_REVOKED', own[0].key.keyId);
}

function isOfUse<U extends KeyUse>(holder: KeyHolder, use: U): holder is HolderOf<U> {
  return holder.use === use;
}
