import type { AreaDeclaration, Charter, KeyRecord, Person, PersonId, PlatformId, Revocation, RevocationEntry, RevokedCertificate, Root, Roster, Tier } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import type { VerificationCache } from '#libs/suites';

/** What one key may do in one place. The same key may be an officer's in several charters; nothing else is shared. */
export type KeyHolder =
  | { readonly use: 'root'; readonly key: KeyRecord }
  | { readonly use: 'officer'; readonly platform: PlatformId; readonly person: PersonId; readonly key: KeyRecord }
  | { readonly use: 'person'; readonly platform: PlatformId; readonly person: Person; readonly key: KeyRecord }
  | { readonly use: 'dispatcher'; readonly platform: PlatformId; readonly key: KeyRecord }
  | { readonly use: 'log'; readonly platform: PlatformId; readonly key: KeyRecord };
export type KeyUse = KeyHolder['use'];
export type HolderOf<U extends KeyUse> = Extract<KeyHolder, { readonly use: U }>;

/** A document in force: what was signed, its bytes' digest, and the keys it names by key id. */
export interface HeldDocument<T> {
  readonly value: T;
  readonly envelope: Envelope;
  /** SHA-256 (hex) of the payload bytes. */
  readonly digest: string;
  readonly holders: ReadonlyMap<string, KeyHolder>;
}

/** The highest version ever accepted of one document, which bytes it had and when it was issued (Unix ms). */
export interface VersionFloor {
  readonly version: number;
  readonly digest: string;
  readonly issuedAt: number;
}

/** A roster that lost its ground: an order made under it is void once a key behind it turns out to be compromised. */
export interface FallenRoster {
  readonly version: number;
  readonly lineage: readonly PlatformId[];
  /** Key ids of everybody who signed it or a charter of its lineage. */
  readonly signers: readonly string[];
}

/**
 * Everything a verifier believes, and nothing it was merely told: each document in force was signed by whoever the
 * document above it names. Immutable; `applyDocument` returns the next one, so one state may serve many terminals.
 */
export interface TrustState {
  readonly root: HeldDocument<Root>;
  /** Every root from the one the state began with to the one in force: an old verifier walks them one by one. */
  readonly rootChain: readonly HeldDocument<Root>[];
  readonly charters: ReadonlyMap<PlatformId, HeldDocument<Charter>>;
  readonly rosters: ReadonlyMap<PlatformId, HeldDocument<Roster>>;
  readonly revocations: ReadonlyMap<PlatformId, HeldDocument<Revocation>>;
  /** Every entry ever accepted, by the platform that revoked: from revocations and from rosters. Only grows. */
  readonly revoked: ReadonlyMap<PlatformId, ReadonlyMap<string, RevocationEntry>>;
  /** Certificates that the district's platform revoked, by fingerprint. Only grows. */
  readonly certificates: ReadonlyMap<string, RevokedCertificate>;
  /** By `<word>:<platform>`. A document that lost its ground leaves its floor behind. */
  readonly floors: ReadonlyMap<string, VersionFloor>;
  /** Of each platform the roster that fell last. */
  readonly fallen: ReadonlyMap<PlatformId, FallenRoster>;
  /** Of each platform ever chartered here the parent that its last charter named, also after that charter fell. */
  readonly parents: ReadonlyMap<PlatformId, PlatformId | null>;
  /** By platform every officer's key that a charter accepted here ever named, by `registrationOf`. Only grows. */
  readonly officersOnce: ReadonlyMap<PlatformId, ReadonlyMap<string, KeyRecord>>;
  /** Shared by the terminals of a simulator; a terminal of its own has none. */
  readonly cache: VerificationCache | undefined;
}

/** The platform, its parent, and so on up to the district; empty when the platform is not chartered here. */
export function lineageOf(state: TrustState, platform: PlatformId): readonly PlatformId[] {
  const lineage: PlatformId[] = [];
  let at: PlatformId | null = platform;
  while (at !== null) {
    const charter: Charter | undefined = state.charters.get(at)?.value;
    if (charter === undefined || lineage.includes(at)) return [];
    lineage.push(at);
    at = charter.parent;
  }
  return lineage;
}

/**
 * The platform and those above it by the last charter that each had, in force or fallen: whom a document, a beacon or a
 * stop concerns. Who loses its charter still has to hear why. It gives nobody a say: orders ask `heardAt`.
 */
export function ancestryOf(state: TrustState, platform: PlatformId): readonly PlatformId[] {
  const ancestry: PlatformId[] = [];
  let at: PlatformId | null | undefined = platform;
  while (at !== null) {
    const parent: PlatformId | null | undefined = state.parents.get(at);
    if (parent === undefined || ancestry.includes(at)) return [];
    ancestry.push(at);
    at = parent;
  }
  return ancestry;
}

/**
 * Whose orders and hours count at a terminal of this platform: its own and those of whom its last charter lay below, each
 * while its own charters stand up to the root. A village whose charter fell says nothing itself and goes on hearing those above
 * (ADR 0022); a parent never changes, so that a fall lets nobody in who was not heard before it.
 */
export function heardAt(state: TrustState, platform: PlatformId): readonly PlatformId[] {
  return ancestryOf(state, platform).filter((above) => lineageOf(state, above).length > 0);
}

export function tierOf(state: TrustState, platform: PlatformId): Tier | undefined {
  return state.charters.get(platform)?.value.tier;
}

/** Areas that these platforms' charters declare, each with its signed parent. */
export function declaredAreas(state: TrustState, platforms: Iterable<PlatformId>): readonly AreaDeclaration[] {
  return [...platforms].flatMap((platform) => state.charters.get(platform)?.value.areas ?? []);
}

/** Every place where this key id is registered. */
export function holdersOf(state: TrustState, keyId: string): readonly KeyHolder[] {
  const found: KeyHolder[] = [];
  const look = (document: HeldDocument<unknown>): void => {
    const holder = document.holders.get(keyId);
    if (holder !== undefined) found.push(holder);
  };
  look(state.root);
  state.charters.forEach(look);
  state.rosters.forEach(look);
  return found;
}

/**
 * Whether `keyId`, as a key of `platform`, was revoked by that platform or by one above it. A platform's revocation
 * reaches its own keys and its descendants', never its parent's (design 4 "Revocation"). `compromised` outweighs `left`.
 */
export function isRevoked(state: TrustState, platform: PlatformId, keyId: string): RevocationEntry['reason'] | undefined {
  const entries = revocationsOf(state, platform, keyId);
  if (entries.some((entry) => entry.reason === 'compromised')) return 'compromised';
  return entries[0]?.reason;
}

/** The entries behind `isRevoked`. */
export function revocationsOf(state: TrustState, platform: PlatformId, keyId: string): readonly RevocationEntry[] {
  return lineageOf(state, platform)
    .map((above) => state.revoked.get(above)?.get(keyId))
    .filter((entry) => entry !== undefined);
}
