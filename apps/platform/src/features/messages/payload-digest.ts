import { parseEnvelope, type Envelope } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';

/** The name of what an envelope carries, for a list of refused attempts; null when it carries no bytes. */
export function payloadDigest(envelope: Envelope): string | null {
  const parsed = parseEnvelope(envelope);
  return parsed.ok ? sha256Hex(parsed.payload) : null;
}
