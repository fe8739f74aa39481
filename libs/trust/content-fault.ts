import { LIMITS, type Charter, type Root, type Roster } from '#libs/contracts';
import { rollbackFault } from './apply-document';
import { charterFault } from './charter';
import { refuse, type Refused } from './result';
import { checkRoot } from './root';
import { rosterFault } from './roster';
import type { TrustState } from './trust-state';
import { windowFault } from './window';

/** A root, charter or roster before enough have signed it, with the bytes that they will sign. */
export type Unsigned = { readonly payload: Uint8Array; readonly digest: string } & (
  | { readonly word: 'root'; readonly value: Root } | { readonly word: 'charter'; readonly value: Charter } | { readonly word: 'roster'; readonly value: Roster });

/**
 * What every verifier would refuse in a document whoever signs it, so that nobody signs in vain. Nothing here asks for a
 * signature, and nothing that it finds good is believed: `applyDocument` judges. Undefined where no fault is known, also
 * where `state` (undefined: nothing is held) lacks the document above it.
 */
export function contentFault(state: TrustState | undefined, document: Unsigned): Refused | undefined {
  switch (document.word) {
    case 'root': return rootFault(state, document.value, document.digest);
    case 'charter': {
      const { value, payload, digest } = document;
      if (payload.length > LIMITS.charterBytes) return refuse('REJ_SIZE');
      if (state === undefined || (value.parent !== null && !state.charters.has(value.parent))) return windowFault(value);
      const parentOnce = state.parents.get(value.platform);
      if (parentOnce !== undefined && parentOnce !== value.parent) return refuse('REJ_LINEAGE', 'parent');
      return rollbackFault(state, 'charter', value, digest) ?? charterFault(state, value);
    }
    case 'roster': {
      const { value, payload, digest } = document;
      if (payload.length > LIMITS.rosterBytes) return refuse('REJ_SIZE');
      const charter = state?.charters.get(value.platform)?.value;
      return state === undefined || charter === undefined ? windowFault(value) : rollbackFault(state, 'roster', value, digest) ?? rosterFault(state, charter, value);
    }
  }
}

function rootFault(state: TrustState | undefined, root: Root, digest: string): Refused | undefined {
  const checked = checkRoot(root);
  if (!checked.ok) return checked;
  if (state === undefined || digest === state.root.digest) return undefined;
  const held = state.root.value;
  if (root.version <= held.version) return refuse('REJ_VERSION_ROLLBACK', 'version');
  if (root.version !== held.version + 1) return refuse('REJ_VERSIONS', 'version');
  return root.demo !== held.demo || root.profile !== held.profile || root.district !== held.district ? refuse('REJ_LINEAGE', 'district') : undefined;
}
