import { LIMITS, stopSchema, type Digest, type KeyId, type Stop, type Tier } from '#libs/contracts';
import { isWithin, type AreaChain, type Tombstone } from '#libs/domain';
import { attestOne } from './attest';
import { openEnvelope, payloadReader } from './open-envelope';
import { ok, refuse, type Result } from './result';
import { declaredAreas, isRevoked, type TrustState } from './trust-state';

const readStop = payloadReader(stopSchema);

export interface VerifiedStop {
  readonly stop: Stop;
  readonly digest: Digest;
  readonly tier: Tier;
  readonly keyId: KeyId;
}

/**
 * A stop by the platform's dispatcher or by one of its stoppers, inside the platform's own areas (design 4 "Stop").
 * Neither expiry of the signer's documents nor the time of day is asked: stopping is fast and needs one. `chain` adds
 * areas that no charter declares but the caller's assignment does.
 */
export function verifyStop(state: TrustState, value: unknown, _now: number | null, chain: AreaChain = []): Result<VerifiedStop> {
  const opened = openEnvelope(value, 'stop', state.cache);
  if (!opened.ok) return opened;
  const asDispatcher = attestOne(state, opened.value, 'dispatcher');
  const signers = asDispatcher.ok || asDispatcher.code !== 'REJ_KEY_USAGE' ? asDispatcher : attestOne(state, opened.value, 'person');
  if (!signers.ok) return signers;
  const stop = readStop(opened.value, state.cache);
  if (!stop.ok) return stop;
  const { platform, area } = stop.value;
  const holders = signers.value.filter((holder) => holder.platform === platform);
  const signer = holders.find((holder) => holder.use === 'dispatcher' || holder.person.roles.includes('stopper'));
  if (signer === undefined) return refuse('REJ_KEY_USAGE', holders.length === 0 ? 'platform' : 'stopper');
  if (isRevoked(state, platform, signer.key.keyId) !== undefined) return refuse('REJ_KEY_REVOKED', signer.key.keyId);
  const charter = state.charters.get(platform)?.value;
  if (charter === undefined) return refuse('REJ_LINEAGE', 'platform');
  const known = [...declaredAreas(state, state.charters.keys()), ...chain];
  // The gateway sends every stop to everybody: an area that nobody here declares is somebody else's, not an attack.
  if (!known.some(({ id }) => id === area)) return refuse('REJ_NOT_TARGETED', 'area');
  if (!charter.areas.some((top) => isWithin(known, area, top.id))) return refuse('REJ_AREA', 'area');
  return ok({ stop: stop.value, digest: opened.value.digest, tier: charter.tier, keyId: signer.key.keyId });
}

/**
 * What a terminal remembers of a stop: long enough for the longest message window and a day. A stop dated ahead counts
 * from now, so that one stop cannot silence what people will say tomorrow.
 */
export function tombstoneOf({ stop, tier }: VerifiedStop, now: number | null): Tombstone {
  const issuedAt = now === null ? stop.issuedAt : Math.min(stop.issuedAt, now + LIMITS.earlyMs);
  return { stopId: stop.stopId, tier, area: stop.area, issuedAt, scope: stop.scope, until: issuedAt + LIMITS.stopKeepMs };
}
