import { toHex } from '#libs/envelope';
import { sha256 } from './hash';
import { SuiteError } from './suite-error';
import { importKey, type Suite } from './suite';
import { SUITES } from './suites';

/** FIPS 180-4 SHA-256 of "abc". */
const ABC_DIGEST = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

/**
 * Asks every suite its published vectors, true and forged ones; throws `suite-known-answer` at the first wrong answer.
 * Each process calls it before it verifies anything: a library that is wrong in the same way on both sides of a round trip
 * (as one platform's SM2 is) shows itself only here.
 */
export function knownAnswerGate(suites: readonly Suite[] = SUITES): void {
  if (toHex(sha256(new TextEncoder().encode('abc'))) !== ABC_DIGEST) throw wrong('SHA-256', 'FIPS 180-4 "abc"');
  for (const suite of suites) {
    if (suite.knownAnswers.length === 0) throw wrong(suite.alg, 'no known answers');
    for (const { source, spki, rp, bytes, sig, valid } of suite.knownAnswers) {
      if (suite.checkSpki(spki) !== undefined) throw wrong(suite.alg, source);
      if (importKey(suite, spki, rp)?.verify(bytes, sig) !== valid) throw wrong(suite.alg, source);
    }
  }
}

function wrong(alg: string, source: string): SuiteError {
  return new SuiteError('suite-known-answer', `${alg} gave a wrong answer: ${source}`);
}
