/** Why this library could not do what our own code asked. Refusals of what comes from outside are returned values. */
export type SuiteErrorCode =
  | 'suite-known-answer' | 'suite-private-key' | 'suite-signature-twice' | 'suite-too-many-signatures' | 'suite-no-signer' | 'suite-payload'
  | 'suite-kdf'
  | 'signer-shape' | 'signer-unreachable' | 'signer-timeout' | 'signer-refused' | 'signer-answer' | 'signer-wrong'
  | 'merkle-range' | 'merkle-hash-size';

export class SuiteError extends Error {
  readonly code: SuiteErrorCode;

  constructor(code: SuiteErrorCode, sentence: string, cause?: unknown) {
    super(sentence, { cause });
    this.name = 'SuiteError';
    this.code = code;
  }
}
