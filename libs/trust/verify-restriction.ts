import { LIMITS, restrictionSchema, type Charter, type Digest, type KeyId, type RestrictionPayload, type Tier } from '#libs/contracts';
import { isWithin, type AreaChain, type Restriction } from '#libs/domain';
import { attest, holderAt } from './attest';
import { officersFault } from './officers';
import { openEnvelope, payloadReader, type OpenedEnvelope } from './open-envelope';
import { ok, refuse, type Refused, type Result } from './result';
import { declaredAreas, type HolderOf, type TrustState } from './trust-state';

const DAY = 86_400_000;
const readRestriction = payloadReader(restrictionSchema);

export interface VerifiedRestriction {
  readonly restriction: RestrictionPayload;
  readonly digest: Digest;
  readonly tier: Tier;
  /** The keys that signed for its platform. */
  readonly keyIds: readonly KeyId[];
}

type Signer = HolderOf<'dispatcher' | 'officer'>;

/**
 * A restriction (design 4): a posture by the platform's own dispatcher, a period by its officers at the charter's
 * threshold, inside the charter's areas, not over yet. It can only narrow, so one signature that stands suffices for the
 * short kind. `chain` adds areas that the caller's assignment declares; one that nobody here declares is somebody else's
 * (REJ_NOT_TARGETED), not an attack. Unknown time refuses: it could be over.
 */
export function verifyRestriction(state: TrustState, value: unknown, now: number | null, chain: AreaChain = []): Result<VerifiedRestriction> {
  const opened = openEnvelope(value, 'restriction', state.cache);
  if (!opened.ok) return opened;
  const signers = attest(state, opened.value, 'dispatcher', 'officer');
  if (!signers.ok) return signers;
  const parsed = readRestriction(opened.value, state.cache);
  if (!parsed.ok) return parsed;
  const restriction = parsed.value;
  const signed = signers.value.filter(({ use }) => use === (restriction.kind === 'posture' ? 'dispatcher' : 'officer'));
  if (signed.length === 0) return refuse('REJ_KEY_USAGE', 'kind');
  const charter = state.charters.get(restriction.platform)?.value;
  if (charter === undefined) return refuse('REJ_LINEAGE', 'platform');
  const fault = signersFault(state, restriction, opened.value, charter, signed) ?? timeFault(restriction, charter.expiresAt, now);
  if (fault !== undefined) return fault;
  const known = [...declaredAreas(state, state.charters.keys()), ...chain];
  if (!known.some(({ id }) => id === restriction.area)) return refuse('REJ_NOT_TARGETED', 'area');
  if (!charter.areas.some((top) => isWithin(known, restriction.area, top.id))) return refuse('REJ_AREA', 'area');
  const keyIds = [...new Set(signed.filter(({ platform }) => platform === restriction.platform).map(({ key }) => key.keyId))];
  return ok({ restriction, digest: opened.value.digest, tier: charter.tier, keyIds });
}

/** A posture is the word of one server, a period that of persons. */
function signersFault(state: TrustState, { kind, platform, issuedAt }: RestrictionPayload, { envelope }: OpenedEnvelope, charter: Charter, signed: readonly Signer[]): Refused | undefined {
  if (kind === 'period') return officersFault(state, platform, charter, signed.filter((holder) => holder.use === 'officer'), issuedAt);
  if (envelope.signatures.length !== 1) return refuse('REJ_SHAPE', 'signatures');
  const signer = holderAt(state, signed, platform);
  return signer.ok ? undefined : signer;
}

/** A posture is counted from its issue, so that none can be signed today for next month. */
function timeFault({ kind, issuedAt, notBefore, notAfter }: RestrictionPayload, charterUntil: number, now: number | null): Refused | undefined {
  if (notAfter <= notBefore || notBefore < issuedAt - LIMITS.signerClockMs) return refuse('REJ_WINDOW', 'notBefore');
  const tooLong = kind === 'posture'
    ? notAfter - Math.min(issuedAt, notBefore) > LIMITS.postureMs
    : notAfter - notBefore > LIMITS.periodDays * DAY || notAfter - issuedAt > LIMITS.expiryDays * DAY;
  if (tooLong) return refuse('REJ_WINDOW', 'notAfter');
  if (now === null) return refuse('REJ_TIME_UNKNOWN');
  if (issuedAt > now + LIMITS.signerClockMs) return refuse('REJ_NOT_YET', 'issuedAt');
  if (now >= notAfter) return refuse('REJ_EXPIRED', 'notAfter');
  return now >= charterUntil ? refuse('REJ_CHARTER_EXPIRED') : undefined;
}

/** What a terminal remembers of a restriction until it ends; `approvalsAsked` of libs/domain asks it. */
export function restrictionOf({ restriction, tier }: VerifiedRestriction): Restriction {
  const { restrictionId, platform, area, kind, classes, approvals, notBefore, notAfter } = restriction;
  return { restrictionId, platform, tier, area, kind, classes, approvals, notBefore, notAfter };
}
