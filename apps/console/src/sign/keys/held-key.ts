import type { KeyRecord } from '#libs/contracts';

/** A key of a person in this browser. The private half never leaves: a software key's is not extractable, a passkey's is the device's. */
export interface HeldKey {
  readonly record: KeyRecord;
  /** What its owner called it. */
  readonly name: string;
  /** Unix ms. */
  readonly madeAt: number;
  readonly secret: { readonly kind: 'software'; readonly privateKey: CryptoKey } | { readonly kind: 'passkey'; readonly credentialId: Uint8Array<ArrayBuffer> };
}

/**
 * Why a key could not be made, kept or used. `key-cancelled`: the person or the device said no to a passkey. `key-self-check`:
 * the signature made does not verify under the key's own record, so it is not handed on.
 */
export type KeyFaultCode = 'key-no-secure-context' | 'key-no-storage' | 'key-no-passkeys' | 'key-cancelled' | 'key-unsuitable' | 'key-self-check' | 'key-exists';

export class KeyFault extends Error {
  constructor(readonly code: KeyFaultCode, cause?: unknown) {
    super(code, { cause });
    this.name = 'KeyFault';
  }
}
