import { ed25519 } from './ed25519';
import { es256 } from './es256';
import type { Suite } from './suite';

/** Every suite a key record may name. */
export const SUITES: readonly [typeof ed25519, typeof es256] = [ed25519, es256];

export type KeyAlg = (typeof SUITES)[number]['alg'];

const BY_ALG: ReadonlyMap<string, Suite<KeyAlg>> = new Map<string, Suite<KeyAlg>>(SUITES.map((suite) => [suite.alg, suite]));

/** The suite a record names; undefined for a name we do not know. */
export function suiteOf(alg: string): Suite<KeyAlg> | undefined {
  return BY_ALG.get(alg);
}
