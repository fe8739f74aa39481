import { LIMITS, rosterSchema, type Charter, type DayBand, type KeyRecord, type Roster } from '#libs/contracts';
import { allowsSuite, approvalsBeforeAir, minimumApprovals } from '#libs/domain';
import { checkKeyRecord, hasKeyTwice } from '#libs/suites';
import { attest } from './attest';
import { officersFault } from './officers';
import { readPayload, type OpenedEnvelope } from './open-envelope';
import { ok, refuse, type Refused, type Result } from './result';
import { holdersOf, lineageOf, type HeldDocument, type KeyHolder, type TrustState } from './trust-state';
import { windowFault } from './window';

/** A roster (design 4): a platform's people, keys and policy, signed by its own officers at its charter's threshold. */
export function judgeRoster(state: TrustState, opened: OpenedEnvelope): Result<HeldDocument<Roster>> {
  if (opened.payload.length > LIMITS.rosterBytes) return refuse('REJ_SIZE');
  const officers = attest(state, opened, 'officer');
  if (!officers.ok) return officers;
  const roster = readPayload(opened, rosterSchema);
  if (!roster.ok) return roster;
  const charter = state.charters.get(roster.value.platform)?.value;
  if (charter === undefined) return refuse('REJ_LINEAGE', 'platform');
  const fault = officersFault(state, roster.value.platform, charter, officers.value, roster.value.issuedAt)
    ?? rosterFault(state, charter, roster.value);
  if (fault !== undefined) return fault;
  return ok({ value: roster.value, envelope: opened.envelope, digest: opened.digest, holders: holdersIn(roster.value) });
}

/** What is refused in a roster whoever signed it. */
export function rosterFault(state: TrustState, charter: Charter, roster: Roster): Refused | undefined {
  return peopleFault(roster)
    ?? keysFault(state, charter, roster)
    ?? policyFault(charter, roster)
    ?? revocationsFault(state, roster)
    ?? hoursFault(roster)
    ?? windowFault(roster);
}

function peopleFault(roster: Roster): Refused | undefined {
  const units = new Set(roster.units.map((unit) => unit.id));
  if (units.size < roster.units.length) return refuse('REJ_SCHEMA', 'units');
  if (new Set(roster.persons.map((person) => person.id)).size < roster.persons.length) return refuse('REJ_SCHEMA', 'persons');
  return roster.persons.every((person) => units.has(person.unit)) ? undefined : refuse('REJ_UNIT', 'persons');
}

/**
 * Every key sound and registered once: not under two persons, not in two uses, not a key of the root or of a server
 * above. An officer who is also a listed person may use one key for both.
 */
function keysFault(state: TrustState, charter: Charter, roster: Roster): Refused | undefined {
  const keys: readonly KeyRecord[] = [roster.dispatcher, roster.logKey, ...roster.persons.flatMap((person) => person.keys)];
  if (keys.some((key) => !checkKeyRecord(key).ok)) return refuse('REJ_KEY_WEAK', 'keys');
  if (!keys.every((key) => allowsSuite(state.root.value.profile, key.alg))) return refuse('REJ_KEY_USAGE', 'profile');
  if (hasKeyTwice(keys)) return refuse('REJ_KEY_USAGE', 'keys');
  const officers = new Map(charter.officers.map((officer) => [officer.key.spki, officer.person]));
  for (const key of [roster.dispatcher, roster.logKey]) if (officers.has(key.spki)) return refuse('REJ_KEY_USAGE', 'officers');
  for (const person of roster.persons) {
    if (person.keys.some(({ spki }) => officers.has(spki) && officers.get(spki) !== person.id)) return refuse('REJ_KEY_USAGE', 'officers');
  }
  const above = lineageOf(state, roster.platform).slice(1);
  const taken = (holder: KeyHolder): boolean =>
    holder.use === 'root' || ((holder.use === 'dispatcher' || holder.use === 'log') && above.includes(holder.platform));
  return keys.some((key) => holdersOf(state, key.keyId).some(taken)) ? refuse('REJ_KEY_USAGE', 'keys') : undefined;
}

/** Each rule that can decide here asks at least the charter's approvals. Mode test never sounds and is left free. */
function policyFault(charter: Charter, roster: Roster): Refused | undefined {
  const low = roster.policy.rules.some((rule) =>
    (rule.tiers.length === 0 || rule.tiers.includes(charter.tier))
    && rule.modes.some((mode) => mode !== 'test')
    && rule.classes.some((one) => charter.ceilings.classes.includes(one) && approvalsBeforeAir(rule) < minimumApprovals(charter, one)));
  return low ? refuse('REJ_POLICY', 'policy') : undefined;
}

/** A band that begins where it ends could mean nothing or the whole day: it is refused, not guessed. */
function hoursFault({ quietHours, volumeHours }: Roster): Refused | undefined {
  const isUnclear = (band: DayBand): boolean => band.fromMinute === band.toMinute;
  if (quietHours.some(isUnclear)) return refuse('REJ_SCHEMA', 'quietHours');
  return volumeHours.some(isUnclear) ? refuse('REJ_SCHEMA', 'volumeHours') : undefined;
}

/** Revocation is monotonic: what this platform revoked in its last roster stands in the next, or in a revocation held. */
function revocationsFault(state: TrustState, roster: Roster): Refused | undefined {
  const kept = new Set(roster.revocations.map((entry) => entry.keyId));
  if (kept.size < roster.revocations.length) return refuse('REJ_SCHEMA', 'revocations');
  const standing = new Set(state.revocations.get(roster.platform)?.value.entries.map((entry) => entry.keyId));
  const before = state.rosters.get(roster.platform)?.value.revocations ?? [];
  return before.every((entry) => kept.has(entry.keyId) || standing.has(entry.keyId)) ? undefined : refuse('REJ_VERSION_ROLLBACK', 'revocations');
}

function holdersIn(roster: Roster): ReadonlyMap<string, KeyHolder> {
  const { platform, dispatcher, logKey } = roster;
  const holders = new Map<string, KeyHolder>();
  for (const person of roster.persons) for (const key of person.keys) holders.set(key.keyId, { use: 'person', platform, person, key });
  holders.set(dispatcher.keyId, { use: 'dispatcher', platform, key: dispatcher });
  holders.set(logKey.keyId, { use: 'log', platform, key: logKey });
  return holders;
}
