import { fromBase64 } from '#libs/envelope';

/** Where the counter stands in authenticatorData (WebAuthn 2, 6.1): after the hash of the rp id and the flags. */
const COUNTER_AT = 33;
const LEAST_BYTES = 37;

/**
 * The authenticator's own count, from the signature bytes of `webauthn-es256` (u16 length, authenticatorData, u16 length,
 * clientDataJSON, r || s). Only read after the signature was verified. 0 from authenticators that do not count.
 */
export function passkeyCounter(sig: string): number | undefined {
  const bytes = fromBase64(sig);
  if (bytes === undefined || bytes.length < 2 + LEAST_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.getUint16(0) < LEAST_BYTES ? undefined : view.getUint32(2 + COUNTER_AT);
}
