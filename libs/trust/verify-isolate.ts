import { isolateSchema, LIMITS, type Digest, type Isolate, type KeyId, type MessageClass, type Tier } from '#libs/contracts';
import { isWithin, type AreaChain, type Isolation } from '#libs/domain';
import { attest } from './attest';
import { officersFault } from './officers';
import { openEnvelope, payloadReader } from './open-envelope';
import { ok, refuse, type Refused, type Result } from './result';
import { declaredAreas, type TrustState } from './trust-state';

const readIsolate = payloadReader(isolateSchema);

export interface VerifiedIsolate {
  readonly isolate: Isolate;
  readonly digest: Digest;
  readonly tier: Tier;
  /** Every known officer's key that signed for this platform. */
  readonly keyIds: readonly KeyId[];
  /** `root.alwaysSounds` when it was verified. */
  readonly except: readonly MessageClass[];
}

/**
 * An isolate (design 4): signed by the platform's officers at its charter's threshold, inside the charter's areas, for
 * at most an hour, running now. `chain` adds areas that no charter declares but the caller's assignment does; an area
 * that nobody here declares is somebody else's (REJ_NOT_TARGETED), not an attack. Unknown time refuses: it could be old.
 */
export function verifyIsolate(state: TrustState, value: unknown, now: number | null, chain: AreaChain = []): Result<VerifiedIsolate> {
  const opened = openEnvelope(value, 'isolate', state.cache);
  if (!opened.ok) return opened;
  const officers = attest(state, opened.value, 'officer');
  if (!officers.ok) return officers;
  const parsed = readIsolate(opened.value, state.cache);
  if (!parsed.ok) return parsed;
  const isolate = parsed.value;
  const charter = state.charters.get(isolate.platform)?.value;
  if (charter === undefined) return refuse('REJ_LINEAGE', 'platform');
  const fault = officersFault(state, isolate.platform, charter, officers.value, isolate.issuedAt) ?? timeFault(isolate, charter.expiresAt, now);
  if (fault !== undefined) return fault;
  const known = [...declaredAreas(state, state.charters.keys()), ...chain];
  if (!known.some(({ id }) => id === isolate.area)) return refuse('REJ_NOT_TARGETED', 'area');
  if (!charter.areas.some((top) => isWithin(known, isolate.area, top.id))) return refuse('REJ_AREA', 'area');
  const keyIds = [...new Set(officers.value.filter((officer) => officer.platform === isolate.platform).map((officer) => officer.key.keyId))];
  return ok({ isolate, digest: opened.value.digest, tier: charter.tier, keyIds, except: state.root.value.alwaysSounds });
}

function timeFault({ issuedAt, notAfter }: Isolate, charterUntil: number, now: number | null): Refused | undefined {
  if (notAfter <= issuedAt || notAfter - issuedAt > LIMITS.isolateMs) return refuse('REJ_WINDOW', 'notAfter');
  if (now === null) return refuse('REJ_TIME_UNKNOWN');
  if (issuedAt > now + LIMITS.signerClockMs) return refuse('REJ_NOT_YET', 'issuedAt');
  if (now >= notAfter) return refuse('REJ_EXPIRED', 'notAfter');
  return now >= charterUntil ? refuse('REJ_CHARTER_EXPIRED') : undefined;
}

/** What a terminal remembers of an isolate until it ends; `silencedByIsolation` of libs/domain asks it. */
export function isolationOf({ isolate, tier, except }: VerifiedIsolate): Isolation {
  const { isolateId, platform, area, notAfter } = isolate;
  return { isolateId, platform, tier, area, notAfter, except };
}
