import type { EnvelopeShape } from '#libs/contracts';
import { applyDocument, trustFromRoot, type Result, type TrustState, type VerifyBlock } from '#libs/trust';
import { createVerificationCache, sha256Hex, verify, type VerificationCache } from '#libs/suites';

/** How trust grows, document by document. A simulator's terminals share one that remembers its answers. */
export interface TrustSteps {
  fromRoot(root: EnvelopeShape, expected: RootOf): Result<TrustState>;
  /** `now` null asks nothing about time. */
  apply(state: TrustState, document: EnvelopeShape, now: number | null): Result<TrustState>;
  /** Of blocks of living voice; left out: every one anew. */
  readonly verifyBlock?: VerifyBlock;
}

export interface RootOf {
  readonly demo: boolean;
  readonly pinnedKeyIds?: readonly string[];
}

/** Each step verified anew: what a terminal of its own does. */
export const ownTrustSteps: TrustSteps = {
  fromRoot: (root, expected) => trustFromRoot(root, expected),
  apply: (state, document, now) => applyDocument(state, document, now),
};

/** Roots and chains remembered at most; a district has some ninety-three lineages. */
const MAX_REMEMBERED = 4_000;
/** Blocks of living voice remembered: some seconds of several streams. */
const MAX_BLOCKS = 512;

/**
 * Steps shared by many terminals of one process: trust states are immutable, so the same document on the same state
 * gives the same next state for all of them, parsed and verified once. Refusals are not remembered.
 */
export function sharedTrustSteps(cache: VerificationCache): TrustSteps {
  const roots = new Map<string, TrustState>();
  const next = new WeakMap<TrustState, Map<string, TrustState>>();
  let remembered = 0;
  const blocks = createVerificationCache(MAX_BLOCKS);
  return {
    fromRoot: (root, expected) => {
      const name = `${nameOf(root)} ${JSON.stringify(expected)}`;
      const known = roots.get(name);
      if (known !== undefined) return { ok: true, value: known };
      const made = trustFromRoot(root, { ...expected, cache });
      if (made.ok) roots.set(name, made.value);
      return made;
    },
    apply: (state, document, now) => {
      const steps = next.get(state) ?? new Map<string, TrustState>();
      const name = nameOf(document);
      const known = steps.get(name);
      if (known !== undefined) return { ok: true, value: known };
      const made = applyDocument(state, document, now);
      if (made.ok && remembered < MAX_REMEMBERED) {
        remembered += 1;
        next.set(state, steps.set(name, made.value));
      }
      return made;
    },
    verifyBlock: (key, signed, signature) => {
      // Its length says where the signature ends and what it signs begins.
      const question = `${key.spki} ${signature.length} ${sha256Hex(signature, signed)}`;
      const known = blocks.get(question) ?? verify(key, signed, signature);
      blocks.set(question, known);
      return known;
    },
  };
}

/** Everything that the outcome depends on: type, bytes and signatures. */
function nameOf(document: EnvelopeShape): string {
  return sha256Hex(new TextEncoder().encode(JSON.stringify(document)));
}
