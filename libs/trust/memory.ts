import type { PlatformId, RevocationEntry, RevokedCertificate } from '#libs/contracts';
import { settle } from './apply-document';
import { grown, withCertificates } from './revocation';
import type { FallenRoster, TrustState, VersionFloor } from './trust-state';

/**
 * What a verifier that has walked knows and the documents in force do not say: the floors of those that fell, what was
 * revoked in them, and whose parents they named. Plain JSON, kept beside the documents: without it a start from disk
 * would take again what was taken back.
 */
export interface TrustMemory {
  readonly floors: Readonly<Record<string, VersionFloor>>;
  readonly revoked: Readonly<Record<string, readonly RevocationEntry[]>>;
  readonly certificates: readonly RevokedCertificate[];
  readonly fallen: Readonly<Record<string, FallenRoster>>;
  readonly parents: Readonly<Record<string, PlatformId | null>>;
}

export function memoryOf({ floors, revoked, certificates, fallen, parents }: TrustState): TrustMemory {
  return {
    floors: Object.fromEntries(floors),
    revoked: Object.fromEntries([...revoked].map(([platform, entries]) => [platform, [...entries.values()]])),
    certificates: [...certificates.values()],
    fallen: Object.fromEntries(fallen),
    parents: Object.fromEntries(parents),
  };
}

/** The state of documents read back, with everything remembered besides. The very same state when there is nothing besides. */
export function withMemory(state: TrustState, memory: TrustMemory): TrustState {
  const next = {
    ...state,
    floors: joined(state.floors, memory.floors, (known, kept) => (known === undefined || kept.version > known.version ? kept : known)),
    revoked: joined(state.revoked, memory.revoked, (known, kept) => grownBy(known, kept)),
    certificates: withCertificates(state.certificates, memory.certificates),
    fallen: joined(state.fallen, memory.fallen, (known, kept) => known ?? kept),
    parents: joined(state.parents, memory.parents, (known, kept) => (known === undefined ? kept : known)),
  };
  const same = next.floors === state.floors && next.revoked === state.revoked && next.certificates === state.certificates && next.fallen === state.fallen && next.parents === state.parents;
  return same ? state : settle(next, state.root.value.district);
}

/** `known` itself when nothing changes. */
function joined<K extends string, V, M>(known: ReadonlyMap<K, V>, kept: Readonly<Record<string, M>>, join: (known: V | undefined, kept: M) => V): ReadonlyMap<K, V>;
function joined<V, M>(known: ReadonlyMap<string, V>, kept: Readonly<Record<string, M>>, join: (known: V | undefined, kept: M) => V): ReadonlyMap<string, V> {
  const all = new Map(known);
  for (const [key, value] of Object.entries(kept)) all.set(key, join(known.get(key), value));
  return all.size === known.size && [...all].every(([key, value]) => known.get(key) === value) ? known : all;
}

function grownBy(known: ReadonlyMap<string, RevocationEntry> | undefined, entries: readonly RevocationEntry[]): ReadonlyMap<string, RevocationEntry> {
  const all = grown(known, entries);
  const same = known !== undefined && [...all].every(([keyId, entry]) => known.get(keyId)?.reason === entry.reason && known.get(keyId)?.since === entry.since);
  return same ? known : all;
}
