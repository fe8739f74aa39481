import type { PlatformId, Versions } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import { lineageOf, type HeldDocument, type TrustState } from './trust-state';

/** The versions in force for these platforms; a platform without a document is left out. */
export function versionsFor(state: TrustState, lineage: readonly PlatformId[]): Versions {
  const of = (held: ReadonlyMap<PlatformId, HeldDocument<{ readonly version: number }>>): Versions['charters'] => {
    const versions: Versions['charters'] = {};
    for (const platform of lineage) {
      const version = held.get(platform)?.value.version;
      if (version !== undefined) versions[platform] = version;
    }
    return versions;
  };
  return { root: state.root.value.version, charters: of(state.charters), rosters: of(state.rosters), revocations: of(state.revocations) };
}

/**
 * What of `wanted` this state does not have yet, or undefined when it has everything. Of revocations the highest ever
 * taken counts: what it said holds although nobody could let it in any more (`memoryOf`).
 */
export function lackingOf(state: TrustState, wanted: Versions): Versions | undefined {
  const of = (held: ReadonlyMap<PlatformId, HeldDocument<{ readonly version: number }>>, versions: Versions['charters']): Versions['charters'] =>
    Object.fromEntries(Object.entries(versions).filter(([platform, version]) => {
      const have = [...held].find(([id]) => id === platform)?.[1].value.version ?? 0;
      return have < version;
    }));
  const lacking = {
    root: Math.max(wanted.root, state.root.value.version),
    charters: of(state.charters, wanted.charters),
    rosters: of(state.rosters, wanted.rosters),
    revocations: Object.fromEntries(Object.entries(wanted.revocations).filter(([platform, version]) => (state.floors.get(`revocation:${platform}`)?.version ?? 0) < version)),
  };
  const nothing = wanted.root <= state.root.value.version
    && [lacking.charters, lacking.rosters, lacking.revocations].every((part) => Object.keys(part).length === 0);
  return nothing ? undefined : lacking;
}

/**
 * Every document for these platforms that is newer than `held` (all of them for null), in the order in which
 * `applyDocument` must read them: roots one by one, then from the district down charter, revocation, roster.
 */
export function documentsSince(state: TrustState, lineage: readonly PlatformId[], held: Versions | null): readonly Envelope[] {
  const documents: Envelope[] = state.rootChain.filter((root) => root.value.version > (held?.root ?? 0)).map((root) => root.envelope);
  const add = (document: HeldDocument<{ readonly version: number }> | undefined, version: number | undefined): void => {
    if (document !== undefined && document.value.version > (version ?? 0)) documents.push(document.envelope);
  };
  for (const platform of [...lineage].reverse()) {
    add(state.charters.get(platform), held?.charters[platform]);
    // Nobody can read a revocation whose officers no charter names.
    if (state.charters.has(platform)) add(state.revocations.get(platform), held?.revocations[platform]);
    add(state.rosters.get(platform), held?.rosters[platform]);
  }
  return documents;
}

/** Every document in force, in the order in which a verifier that begins afresh reads them. */
export function documentsInForce(state: TrustState): readonly Envelope[] {
  const deepestFirst = [...state.charters.keys()].sort((a, b) => lineageOf(state, b).length - lineageOf(state, a).length);
  return documentsSince(state, deepestFirst, null);
}
