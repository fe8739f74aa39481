export type PkiErrorCode =
  /** A name a certificate must not carry: empty list, wildcard, not a host name, not an address. */
  | 'PKI_NAME_REFUSED'
  /** Not RSA of 2048 to 4096 bit with exponent 65537. */
  | 'PKI_KEY_REFUSED'
  | 'PKI_SERIAL_REFUSED'
  /** The CA is not valid at the time of issuing. */
  | 'PKI_CA_NOT_VALID'
  /** What was made does not read back as ordered: a fault of ours, nothing is handed out. */
  | 'PKI_PROFILE_BROKEN';

export class PkiError extends Error {
  readonly code: PkiErrorCode;
  constructor(code: PkiErrorCode, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.name = 'PkiError';
    this.code = code;
  }
}
