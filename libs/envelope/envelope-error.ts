/** Why this library refused to make something. Refusals of what comes from outside are returned values instead. */
export type EnvelopeErrorCode = 'payload-type-word' | 'payload-value' | 'payload-depth' | 'payload-size';

/** Thrown only when our own caller asks for bytes that no terminal would accept. */
export class EnvelopeError extends Error {
  readonly code: EnvelopeErrorCode;

  constructor(code: EnvelopeErrorCode, sentence: string) {
    super(sentence);
    this.name = 'EnvelopeError';
    this.code = code;
  }
}
