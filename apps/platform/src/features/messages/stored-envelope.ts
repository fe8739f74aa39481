import { parseEnvelope, type Envelope } from '#libs/envelope';

/**
 * An envelope as a row holds it. A row that somebody edited must not take the others with it: what cannot be read
 * becomes an envelope that proves nothing.
 */
export function storedEnvelope(text: string): Envelope {
  try {
    const parsed = parseEnvelope(JSON.parse(text));
    if (parsed.ok) return parsed.envelope;
  } catch {
    // No JSON at all: said below by an empty envelope.
  }
  return { payloadType: '', payload: '', signatures: [] };
}
