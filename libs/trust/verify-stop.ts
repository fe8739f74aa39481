import { LIMITS, stopSchema, type Digest, type KeyId, type Stop, type Tier } from '#libs/contracts';
import { asGivenBy, isWithin, type AreaChain, type Tombstone } from '#libs/domain';
import { attestOne } from './attest';
import { openEnvelope, payloadReader } from './open-envelope';
import { ok, refuse, type Result } from './result';
import { declaredAreas, revocationsOf, type TrustState } from './trust-state';

const readStop = payloadReader(stopSchema);

export interface VerifiedStop {
  readonly stop: Stop;
  readonly digest: Digest;
  readonly tier: Tier;
  readonly keyId: KeyId;
  /** The key was revoked as left, after this stop was issued. */
  readonly signerLeft: boolean;
}

/**
 * A stop by the platform's dispatcher or by one of its stoppers, inside the platform's own areas (design 4 "Stop").
 * Neither expiry of the signer's documents nor the time of day is asked: stopping is fast and needs one. What was issued
 * before its signer left still counts: a terminal that was off then hears of both at once. `chain` adds
 * areas that no charter declares but the caller's assignment does.
 */
export function verifyStop(state: TrustState, value: unknown, chain: AreaChain = []): Result<VerifiedStop> {
  const opened = openEnvelope(value, 'stop', state.cache);
  if (!opened.ok) return opened;
  const signers = attestOne(state, opened.value, 'dispatcher', 'person');
  if (!signers.ok) return signers;
  const stop = readStop(opened.value, state.cache);
  if (!stop.ok) return stop;
  const { platform, area } = stop.value;
  const holders = signers.value.filter((holder) => holder.platform === platform);
  const signer = holders.find((holder) => holder.use === 'dispatcher' || holder.person.roles.includes('stopper'));
  if (signer === undefined) return refuse('REJ_KEY_USAGE', holders.length === 0 ? 'platform' : 'stopper');
  const revocations = revocationsOf(state, platform, signer.key.keyId);
  if (!revocations.every(({ reason, since }) => reason === 'left' && stop.value.issuedAt < since)) return refuse('REJ_KEY_REVOKED', signer.key.keyId);
  const charter = state.charters.get(platform)?.value;
  if (charter === undefined) return refuse('REJ_LINEAGE', 'platform');
  const known = [...declaredAreas(state, state.charters.keys()), ...chain];
  // The gateway sends every stop to everybody: an area that nobody here declares is somebody else's, not an attack.
  if (!known.some(({ id }) => id === area)) return refuse('REJ_NOT_TARGETED', 'area');
  if (!charter.areas.some((top) => isWithin(known, area, top.id))) return refuse('REJ_AREA', 'area');
  return ok({ stop: stop.value, digest: opened.value.digest, tier: charter.tier, keyId: signer.key.keyId, signerLeft: revocations.length > 0 });
}

/**
 * What a terminal remembers of a stop: long enough for the longest message window and a day. `now` null: it keeps its
 * own date until the time is known (`asGivenBy`).
 */
export function tombstoneOf({ stop, tier, signerLeft }: VerifiedStop, now: number | null): Tombstone {
  const { stopId, area, issuedAt, scope } = stop;
  const tombstone: Tombstone = { stopId, tier, area, issuedAt, scope, signerLeft, until: issuedAt + LIMITS.stopKeepMs };
  return now === null ? tombstone : asGivenBy(tombstone, now);
}
