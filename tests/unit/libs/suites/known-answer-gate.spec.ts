import type { RelyingParty } from '#libs/contracts';
import { knownAnswerGate } from '#libs/suites';
import { es256 } from '../../../../libs/suites/es256';
import { importKey } from '../../../../libs/suites/suite';
import { SUITES } from '../../../../libs/suites/suites';

describe('known answer gate', () => {
  it('lets every suite of this build pass', () => {
    expect(() => knownAnswerGate()).not.toThrow();
  });

  it.each(SUITES.map((suite) => suite.alg))('stops the process when %s accepts a forged vector', (alg) => {
    const tooKind = SUITES.map((suite) => (suite.alg === alg ? { ...suite, prepare: () => ({ verify: () => true }) } : suite));
    expect(() => knownAnswerGate(tooKind)).toThrow(expect.objectContaining({ code: 'suite-known-answer' }));
  });

  it('stops the process when a suite refuses a genuine vector', () => {
    const deaf = { ...es256, prepare: () => ({ verify: () => false }) };
    expect(() => knownAnswerGate([deaf])).toThrow(expect.objectContaining({ code: 'suite-known-answer' }));
  });

  const forged = SUITES.flatMap((suite) => suite.knownAnswers.filter(({ valid }) => !valid).map(({ source }) => source));

  it.each(forged)('stops the process when a suite lets one thing through: %s', (source) => {
    const lenient = SUITES.map((suite) => ({
      ...suite,
      prepare: (spki: Uint8Array, rp?: RelyingParty) => ({
        verify: (bytes: Uint8Array, sig: Uint8Array) =>
          suite.knownAnswers.some((answer) => answer.source === source && answer.sig === sig) || importKey(suite, spki, rp)?.verify(bytes, sig) === true,
      }),
    }));
    expect(() => knownAnswerGate(lenient)).toThrow(expect.objectContaining({ code: 'suite-known-answer' }));
  });

  it('asks of every suite something true and something forged', () => {
    for (const { knownAnswers } of SUITES) expect(new Set(knownAnswers.map(({ valid }) => valid))).toEqual(new Set([true, false]));
  });

  it('does not let a suite without vectors pass', () => {
    expect(() => knownAnswerGate([{ ...es256, knownAnswers: [] }])).toThrow(expect.objectContaining({ code: 'suite-known-answer' }));
  });
});
