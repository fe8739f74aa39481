import { fromBase64 } from '#libs/envelope';
import { readAssertion } from '#libs/suites';

/** The authenticator's own count (WebAuthn L3 6.1.1), from the signature bytes of a passkey; 0 from those that do not count. Only asked after it verified. */
export function passkeyCounter(sig: string): number | undefined {
  const bytes = fromBase64(sig);
  return bytes === undefined ? undefined : readAssertion(bytes)?.counter;
}
