import { ed25519 } from './ed25519';
import { es256 } from './es256';
import { sm2Sm3 } from './sm2-sm3';
import type { SoftwareSuite, Suite } from './suite';
import { webauthnEs256 } from './webauthn-es256';

const SOFTWARE_SUITES = [ed25519, es256, sm2Sm3] as const;

/** Every suite a key record may name. */
export const SUITES = [...SOFTWARE_SUITES, webauthnEs256] as const;

export type SoftwareAlg = (typeof SOFTWARE_SUITES)[number]['alg'];
export type KeyAlg = (typeof SUITES)[number]['alg'];

const BY_ALG: ReadonlyMap<string, Suite<KeyAlg>> = new Map<string, Suite<KeyAlg>>(SUITES.map((suite) => [suite.alg, suite]));
const SOFTWARE_BY_ALG: ReadonlyMap<string, SoftwareSuite<SoftwareAlg>> = new Map<string, SoftwareSuite<SoftwareAlg>>(SOFTWARE_SUITES.map((suite) => [suite.alg, suite]));

/** The suite a record names; undefined for a name we do not know. */
export function suiteOf(alg: string): Suite<KeyAlg> | undefined {
  return BY_ALG.get(alg);
}

/** The same where a private key is to be held. */
export function softwareSuiteOf(alg: string): SoftwareSuite<SoftwareAlg> | undefined {
  return SOFTWARE_BY_ALG.get(alg);
}
