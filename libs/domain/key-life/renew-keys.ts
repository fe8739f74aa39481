import { LIMITS, type Digest, type KeyReason, type KeyRecord, type PersonId, type RevocationEntry, type Roster } from '#libs/contracts';

const DAY_MS = 86_400_000;
/** As the contracts bound them. */
const MOST_KEYS = 4;
const MOST_REVOCATIONS = 64;
const REVOKED_AS: Readonly<Record<Exclude<KeyReason, 'new'>, RevocationEntry['reason']>> = { lost: 'compromised', changed: 'left' };

/** One person's new key, and the one that goes. */
export interface KeyRenewal {
  readonly person: PersonId;
  readonly key: KeyRecord;
  readonly replaces: KeyRecord['keyId'] | null;
  readonly reason: KeyReason;
}

export type RenewalFault = 'PERSON_UNKNOWN' | 'KEY_UNKNOWN' | 'KEY_REGISTERED' | 'KEYS_FULL' | 'REVOCATIONS_FULL';
export type Renewed = { readonly ok: true; readonly roster: Roster } | { readonly ok: false; readonly code: RenewalFault; readonly person: PersonId };

/**
 * The next roster with these keys in it and nothing else changed: who asked gets the new key, the old one goes and is
 * revoked, as compromised where it was lost. Refuses a person or an old key that do not stand in it, a key that does, and
 * what would not fit. The same on the officers' page and at the command line.
 */
export function rosterWithKeys(roster: Roster, renewals: readonly KeyRenewal[], at: number): Renewed {
  const now = datedAfter(roster, at);
  let next = roster;
  for (const renewal of renewals) {
    const fault = renewalFault(next, renewal);
    if (fault !== undefined) return { ok: false, code: fault, person: renewal.person };
    next = renewed(next, renewal, now);
  }
  return { ok: true, roster: successorOf(roster, next, now) };
}

/**
 * The next roster without this live permit and nothing else changed: from its publication on no loudspeaker takes it.
 * Undefined where the roster does not list it. `at`: Unix ms.
 */
export function rosterWithoutPermit(roster: Roster, permit: Digest, at: number): Roster | undefined {
  const others = (roster.permits ?? []).filter((one) => one !== permit);
  return others.length === (roster.permits ?? []).length ? undefined : successorOf(roster, { ...roster, permits: others }, datedAfter(roster, at));
}

/** No document is dated before the one in force, by however much this clock is slow. */
function datedAfter({ issuedAt }: Roster, at: number): number {
  return Math.max(at, issuedAt);
}

function successorOf(before: Roster, next: Roster, now: number): Roster {
  const expiresAt = before.expiresAt > now ? before.expiresAt : now + LIMITS.expiryDays * DAY_MS;
  return { ...next, version: before.version + 1, issuedAt: now, expiresAt };
}

/** Those that can go into the roster one after the other, and those that cannot, each with why: one bad request stops nobody else's. */
export function sortRenewals<R extends KeyRenewal>(roster: Roster, renewals: readonly R[]): { readonly fit: readonly R[]; readonly leftOut: readonly { readonly renewal: R; readonly code: RenewalFault }[] } {
  const fit: R[] = [];
  const leftOut: { readonly renewal: R; readonly code: RenewalFault }[] = [];
  let next = roster;
  for (const renewal of renewals) {
    const code = renewalFault(next, renewal);
    if (code !== undefined) {
      leftOut.push({ renewal, code });
      continue;
    }
    fit.push(renewal);
    next = renewed(next, renewal, roster.issuedAt);
  }
  return { fit, leftOut };
}

function renewalFault(roster: Roster, { person: id, key, replaces }: KeyRenewal): RenewalFault | undefined {
  const person = roster.persons.find((one) => one.id === id);
  if (person === undefined) return 'PERSON_UNKNOWN';
  if (replaces !== null && !person.keys.some(({ keyId }) => keyId === replaces)) return 'KEY_UNKNOWN';
  const standing = [roster.dispatcher, roster.logKey, ...roster.persons.flatMap(({ keys }) => keys)];
  // P-256 has two suites: the same key under the other name would be one key in two places.
  if (standing.some(({ spki }) => spki === key.spki) || roster.revocations.some(({ keyId }) => keyId === key.keyId)) return 'KEY_REGISTERED';
  if (replaces === null && person.keys.length >= MOST_KEYS) return 'KEYS_FULL';
  return replaces !== null && roster.revocations.length >= MOST_REVOCATIONS ? 'REVOCATIONS_FULL' : undefined;
}

function renewed(roster: Roster, { person: id, key, replaces, reason }: KeyRenewal, now: number): Roster {
  const persons = roster.persons.map((person) => (person.id === id ? { ...person, keys: [...person.keys.filter(({ keyId }) => keyId !== replaces), key] } : person));
  if (replaces === null || reason === 'new') return { ...roster, persons };
  return { ...roster, persons, revocations: [...roster.revocations, { keyId: replaces, reason: REVOKED_AS[reason], since: now }] };
}
