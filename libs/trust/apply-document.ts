import { LIMITS, type Charter, type PlatformId, type Revocation, type Root, type Roster } from '#libs/contracts';
import { wordOf } from '#libs/envelope';
import { registrationOf } from '#libs/suites';
import { judgeCharter } from './charter';
import { openEnvelope, type OpenedEnvelope } from './open-envelope';
import { ok, refuse, type Refused, type Result } from './result';
import { grown, judgeRevocation, withCertificates } from './revocation';
import { judgeNextRoot } from './root';
import { judgeRoster } from './roster';
import { lineageOf, type HeldDocument, type TrustState, type VersionFloor } from './trust-state';

/** What the four trust documents have in common. */
interface Dated {
  readonly version: number;
  readonly issuedAt: number;
}

/**
 * The next trust state after one root, charter, roster or revocation, or why it stays as it is.
 * `now` in Unix ms refuses what claims to be issued later; null (time not yet known, or documents read back from one's
 * own disk) asks nothing about time. Versions and dates only rise: a lower one, or the same one with other bytes, is a rollback;
 * the same bytes again change nothing. Whatever stood on a document that changed and no longer holds under it falls.
 */
export function applyDocument(state: TrustState, value: unknown, now: number | null): Result<TrustState> {
  switch (kindOf(value)) {
    case 'root': return applyRoot(state, value, now);
    case 'charter': return applyCharter(state, value, now);
    case 'roster': return applyRoster(state, value, now);
    case 'revocation': return applyRevocation(state, value, now);
    case undefined: return refuse('REJ_TYPE');
  }
}

function kindOf(value: unknown): 'root' | 'charter' | 'roster' | 'revocation' | undefined {
  if (typeof value !== 'object' || value === null || !('payloadType' in value) || typeof value.payloadType !== 'string') return undefined;
  const word = wordOf(value.payloadType);
  return word === 'root' || word === 'charter' || word === 'roster' || word === 'revocation' ? word : undefined;
}

function applyRoot(state: TrustState, value: unknown, now: number | null): Result<TrustState> {
  const opened = openEnvelope(value, 'root');
  if (!opened.ok) return opened;
  const root = judgeNextRoot(state, opened.value);
  if (!root.ok) return root;
  if (root.value === state.root) return ok(state);
  if (isEarly(root.value.value, now)) return refuse('REJ_NOT_YET', 'issuedAt');
  const next: HeldDocument<Root> = root.value;
  return ok(settle({ ...state, root: next, rootChain: [...state.rootChain, next] }, next.value.district));
}

function applyCharter(state: TrustState, value: unknown, now: number | null): Result<TrustState> {
  const charter = judgeNext(state, openEnvelope(value, 'charter'), 'charter', judgeCharter, state.charters, now);
  if (!charter.ok || charter.value === undefined) return charter.ok ? ok(state) : charter;
  const { platform, parent, officers } = charter.value.value;
  const next = {
    ...state, charters: set(state.charters, platform, charter.value), floors: raised(state, 'charter', charter.value), parents: set(state.parents, platform, parent),
    officersOnce: set(state.officersOnce, platform, new Map([...state.officersOnce.get(platform) ?? [], ...officers.map(({ key }) => [registrationOf(key), key] as const)])),
  };
  return ok(state.charters.has(platform) || state.revocations.has(platform) ? settle(next, platform) : next);
}

function applyRoster(state: TrustState, value: unknown, now: number | null): Result<TrustState> {
  const roster = judgeNext(state, openEnvelope(value, 'roster'), 'roster', judgeRoster, state.rosters, now);
  if (!roster.ok || roster.value === undefined) return roster.ok ? ok(state) : roster;
  const { platform, revocations } = roster.value.value;
  const next = { ...state, rosters: set(state.rosters, platform, roster.value), floors: raised(state, 'roster', roster.value) };
  if (revocations.length === 0 && !state.rosters.has(platform)) return ok(next);
  return ok(settle({ ...next, revoked: set(state.revoked, platform, grown(state.revoked.get(platform), revocations)) }, platform));
}

function applyRevocation(state: TrustState, value: unknown, now: number | null): Result<TrustState> {
  const revocation = judgeNext(state, openEnvelope(value, 'revocation'), 'revocation', judgeRevocation, state.revocations, now);
  if (!revocation.ok || revocation.value === undefined) return revocation.ok ? ok(state) : revocation;
  const { platform, entries, certificates } = revocation.value.value;
  return ok(settle({
    ...state,
    revocations: set(state.revocations, platform, revocation.value),
    revoked: set(state.revoked, platform, grown(state.revoked.get(platform), entries)),
    certificates: withCertificates(state.certificates, certificates ?? []),
    floors: raised(state, 'revocation', revocation.value),
  }, platform));
}

/** The judged document when it is new, undefined when it is in force already, or the refusal. */
function judgeNext<T extends Charter | Roster | Revocation>(
  state: TrustState,
  opened: Result<OpenedEnvelope>,
  word: 'charter' | 'roster' | 'revocation',
  judge: (state: TrustState, opened: OpenedEnvelope) => Result<HeldDocument<T>>,
  inForce: ReadonlyMap<PlatformId, HeldDocument<T>>,
  now: number | null,
): Result<HeldDocument<T> | undefined> {
  if (!opened.ok) return opened;
  const judged = judge(state, opened.value);
  if (!judged.ok) {
    // The very bytes that are in force change nothing, even when a later revocation would no longer let them in.
    const same = [...inForce.values()].some((held) => held.digest === opened.value.digest);
    return same ? ok(undefined) : judged;
  }
  const { value, digest } = judged.value;
  const fault = rollbackFault(state, word, value, digest);
  if (fault !== undefined) return fault;
  if (inForce.get(value.platform)?.digest === digest) return ok(undefined);
  return isEarly(value, now) ? refuse('REJ_NOT_YET', 'issuedAt') : judged;
}

/** Versions and dates only rise, also where the document that raised them has fallen (`heldFloor`), and of a revocation not by leaps (threats T30, T31). */
export function rollbackFault(state: TrustState, word: 'charter' | 'roster' | 'revocation', value: Dated & { readonly platform: PlatformId }, digest: string): Refused | undefined {
  const floor = heldFloor(state, word, value.platform);
  if (word === 'revocation' && value.version > (floor?.version ?? 0) + LIMITS.versionJump) return refuse('REJ_VERSIONS', 'version');
  if (floor !== undefined && (value.version < floor.version || (value.version === floor.version && digest !== floor.digest))) {
    return refuse('REJ_VERSION_ROLLBACK', 'version');
  }
  // Who has left signs for the time before that: a next document from then would bring back who could sign it.
  if (floor !== undefined && value.issuedAt < floor.issuedAt) return refuse('REJ_VERSION_ROLLBACK', 'issuedAt');
  return undefined;
}

/**
 * A revocation has one signer, so that of a stolen key would number and date all others out: where it fell with the key,
 * its floor holds nobody back. What it said stays (`revoked`), so an older one taken afterwards gives nothing back.
 */
function heldFloor(state: TrustState, word: 'charter' | 'roster' | 'revocation', platform: PlatformId): VersionFloor | undefined {
  const floor = state.floors.get(`${word}:${platform}`);
  return word === 'revocation' && floor?.digest === state.floors.get(fellAt(platform))?.digest ? undefined : floor;
}

/** Where the floor is kept whose revocation fell, beside it and over a restart. */
function fellAt(platform: PlatformId): string {
  return `fallen-revocation:${platform}`;
}

/** A document dated ahead would also expire later than it may. */
function isEarly(document: Dated, now: number | null): boolean {
  return now !== null && document.issuedAt > now + LIMITS.earlyMs;
}

/**
 * Judges again everything that stands on `changed`, from the top down, against what is in force now. What no longer
 * holds is dropped (its version floor stays, and of a revocation every entry), so that a verifier that walked here and one that starts fresh from the
 * newest documents believe the same.
 */
export function settle(state: TrustState, changed: PlatformId): TrustState {
  const affected = [...state.charters.keys()]
    .map((platform) => ({ platform, lineage: lineageOf(state, platform) }))
    .filter(({ lineage }) => lineage.includes(changed))
    .sort((a, b) => a.lineage.length - b.lineage.length);
  let next = state;
  for (const { platform, lineage } of affected) {
    const charter = next.charters.get(platform);
    if (charter !== undefined && !holdsAgain(next, charter, 'charter', judgeCharter)) next = { ...next, charters: without(next.charters, platform) };
    const floor = next.floors.get(`revocation:${platform}`);
    if (next.charters.has(platform) && floor !== undefined && !isReadable(next, platform)) next = { ...next, revocations: without(next.revocations, platform), floors: set(next.floors, fellAt(platform), floor) };
    const roster = next.rosters.get(platform);
    if (roster !== undefined && !holdsAgain(next, roster, 'roster', judgeRoster)) {
      const documents = [roster, ...lineage.map((above) => state.charters.get(above))];
      const signers = documents.flatMap((document) => document?.envelope.signatures.map(({ keyid }) => keyid) ?? []);
      next = { ...next, rosters: without(next.rosters, platform), fallen: set(next.fallen, platform, { version: roster.value.version, lineage, signers }) };
    }
  }
  return next;
}

/** Whether a verifier that begins afresh takes the revocation in force: it reads it before anything else of that platform but the charter. */
function isReadable(state: TrustState, platform: PlatformId): boolean {
  const held = state.revocations.get(platform);
  const before = { ...state, revoked: without(state.revoked, platform), revocations: without(state.revocations, platform) };
  return held === undefined || holdsAgain(before, held, 'revocation', judgeRevocation);
}

function holdsAgain(state: TrustState, held: HeldDocument<unknown>, word: 'charter' | 'roster' | 'revocation', judge: (state: TrustState, opened: OpenedEnvelope) => Result<unknown>): boolean {
  const opened = openEnvelope(held.envelope, word);
  return opened.ok && judge(state, opened.value).ok;
}

function raised(state: TrustState, word: string, held: HeldDocument<Charter | Roster | Revocation>): ReadonlyMap<string, VersionFloor> {
  return set(state.floors, `${word}:${held.value.platform}`, { version: held.value.version, digest: held.digest, issuedAt: held.value.issuedAt });
}

function set<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  return new Map(map).set(key, value);
}

function without<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  const next = new Map(map);
  next.delete(key);
  return next;
}
