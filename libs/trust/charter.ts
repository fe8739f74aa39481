import { charterSchema, LIMITS, tierSchema, type Charter } from '#libs/contracts';
import { allowsSuite, isWithin, minimumApprovals, TIERS } from '#libs/domain';
import { checkKeyRecord, hasKeyTwice } from '#libs/suites';
import { attest } from './attest';
import { officersFault } from './officers';
import { readPayload, type OpenedEnvelope } from './open-envelope';
import { ok, refuse, type Refused, type Result } from './result';
import { declaredAreas, holdersOf, lineageOf, type HeldDocument, type HolderOf, type KeyHolder, type TrustState } from './trust-state';
import { windowFault } from './window';

/** No single officer's key may put invented persons on a roster and so make a loudspeaker speak (design 1, ADR 0006). */
const LEAST_OFFICERS = 2;

/**
 * A charter (design 4): the district's is signed by the root at its threshold, every other by its parent's officers at
 * the parent's threshold, and a child can only narrow. Whether it is newer than what is held is `applyDocument`'s part.
 */
export function judgeCharter(state: TrustState, opened: OpenedEnvelope): Result<HeldDocument<Charter>> {
  if (opened.payload.length > LIMITS.charterBytes) return refuse('REJ_SIZE');
  const byRoot = attest(state, opened, 'root');
  const byOfficers = attest(state, opened, 'officer');
  if (!byRoot.ok && !byOfficers.ok) return byOfficers.code === 'REJ_KEY_USAGE' ? byRoot : byOfficers;
  const charter = readPayload(opened, charterSchema);
  if (!charter.ok) return charter;
  const fault = authorityFault(state, charter.value, byRoot.ok ? byRoot.value.length : 0, byOfficers.ok ? byOfficers.value : [])
    ?? charterFault(state, charter.value);
  if (fault !== undefined) return fault;
  const holders = new Map<string, KeyHolder>(charter.value.officers.map(({ person, key }) => [key.keyId, { use: 'officer', platform: charter.value.platform, person, key }]));
  return ok({ value: charter.value, envelope: opened.envelope, digest: opened.digest, holders });
}

/** What is refused in a charter whoever signed it; where it stands in the district is `authorityFault`'s part. */
export function charterFault(state: TrustState, charter: Charter): Refused | undefined {
  return narrowingFault(state, charter) ?? officerKeysFault(state, charter) ?? windowFault(charter);
}

function authorityFault(state: TrustState, charter: Charter, rootSignatures: number, officers: readonly HolderOf<'officer'>[]): Refused | undefined {
  // A platform never changes its parent, not when its charter fell either: else any parent could take over another's child.
  const parentOnce = state.parents.get(charter.platform);
  if (parentOnce !== undefined && parentOnce !== charter.parent) return refuse('REJ_LINEAGE', 'parent');
  if (charter.parent === null) {
    if (charter.platform !== state.root.value.district || charter.tier !== 'district') return refuse('REJ_LINEAGE', 'platform');
    return rootSignatures >= state.root.value.threshold ? undefined : refuse('REJ_THRESHOLD');
  }
  const parent = state.charters.get(charter.parent)?.value;
  if (parent === undefined || lineageOf(state, charter.parent).includes(charter.platform)) return refuse('REJ_LINEAGE', 'parent');
  return officersFault(state, charter.parent, parent, officers, charter.issuedAt);
}

/** A child can only narrow (design 4 "Charter"). The district's areas need no parent; everyone else's lie in the parent's. */
function narrowingFault(state: TrustState, charter: Charter): Refused | undefined {
  const ids = new Set(charter.areas.map((area) => area.id));
  if (ids.size < charter.areas.length) return refuse('REJ_WIDENS', 'areas');
  const parent = charter.parent === null ? undefined : state.charters.get(charter.parent)?.value;
  if (parent === undefined) {
    return charter.areas.some((area) => area.parent !== null && !ids.has(area.parent)) ? refuse('REJ_WIDENS', 'areas') : undefined;
  }
  if (TIERS[charter.tier].rank >= TIERS[parent.tier].rank) return refuse('REJ_WIDENS', 'tier');
  const above = declaredAreas(state, lineageOf(state, parent.platform));
  // An area is declared once. Descendants are not asked: what they took from above them falls when it is declared there.
  const elsewhere = [...state.charters.keys()].filter((other) => !lineageOf(state, other).includes(charter.platform));
  if (declaredAreas(state, elsewhere).some((area) => ids.has(area.id))) return refuse('REJ_WIDENS', 'areas');
  const chain = [...charter.areas, ...above];
  const lies = charter.areas.every((area) => area.parent !== null && parent.areas.some((top) => isWithin(chain, area.id, top.id)));
  if (!lies) return refuse('REJ_WIDENS', 'areas');
  if (!subset(charter.ceilings.classes, parent.ceilings.classes)) return refuse('REJ_WIDENS', 'ceilings.classes');
  if (!subset(charter.ceilings.severities, parent.ceilings.severities)) return refuse('REJ_WIDENS', 'ceilings.severities');
  if (!subset(charter.ceilings.modes, parent.ceilings.modes)) return refuse('REJ_WIDENS', 'ceilings.modes');
  const lower = charter.ceilings.classes.some((one) => tierSchema.options.some((tier) => minimumApprovals(charter, one, tier) < minimumApprovals(parent, one, tier)
    && TIERS[tier].rank <= TIERS[charter.tier].rank));
  return lower ? refuse('REJ_WIDENS', 'minimumApprovals') : undefined;
}

/** Officers' keys are sound, each listed once, never a server's or the root's; the threshold is no single person's and can be reached by persons. */
function officerKeysFault(state: TrustState, charter: Charter): Refused | undefined {
  const keys = charter.officers.map((officer) => officer.key);
  if (hasKeyTwice(keys)) return refuse('REJ_KEY_USAGE', 'officers');
  if (keys.some((key) => !checkKeyRecord(key).ok)) return refuse('REJ_KEY_WEAK', 'officers');
  if (!keys.every((key) => allowsSuite(state.root.value.profile, key.alg))) return refuse('REJ_KEY_USAGE', 'profile');
  const taken = keys.some((key) => holdersOf(state, key.keyId).some((holder) => holder.use === 'root' || isServerKeyAbove(state, charter, holder)));
  if (taken) return refuse('REJ_KEY_USAGE', 'officers');
  const persons = new Set(charter.officers.map((officer) => officer.person)).size;
  return charter.threshold < LEAST_OFFICERS || charter.threshold > persons ? refuse('REJ_THRESHOLD', 'threshold') : undefined;
}

function isServerKeyAbove(state: TrustState, charter: Charter, holder: KeyHolder): boolean {
  if (holder.use !== 'dispatcher' && holder.use !== 'log') return false;
  return charter.parent !== null && lineageOf(state, charter.parent).includes(holder.platform);
}

function subset<T>(inner: readonly T[], outer: readonly T[]): boolean {
  return inner.every((one) => outer.includes(one));
}
