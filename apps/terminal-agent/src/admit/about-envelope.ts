import { digestSchema, keyIdSchema, type Digest, type EnvelopeShape, type KeyId } from '#libs/contracts';
import { fromBase64 } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';

/** What an event can say of an envelope without believing it. */
export function aboutEnvelope(envelope: EnvelopeShape): { readonly subject: Digest | null; readonly payloadType: string; readonly keyIds: readonly KeyId[] } {
  return {
    subject: payloadDigest(envelope),
    payloadType: envelope.payloadType,
    keyIds: envelope.signatures.map(({ keyid }) => keyIdSchema.parse(keyid)),
  };
}

/** SHA-256 of the payload bytes, unproved; null when they are no base64. */
export function payloadDigest(envelope: EnvelopeShape): Digest | null {
  const payload = fromBase64(envelope.payload);
  return payload === undefined ? null : digestSchema.parse(sha256Hex(payload));
}
