import { fromBase64 } from './bytes';
import { wordOf } from './payload-type';
import { parseStrictJson } from './strict-json';
import type { JsonLimits, JsonRefusal } from './strict-json-rules';

/** `keyid` is 64 lowercase hex digits; `sig` canonical base64. */
export type EnvelopeSignature = { readonly keyid: string; readonly sig: string };

/** DSSE v1 envelope. `payload` is canonical base64 of the signed bytes, which are never written anew. */
export type Envelope = {
  readonly payloadType: string;
  readonly payload: string;
  readonly signatures: readonly EnvelopeSignature[];
};

/** Bytes, except `maxSignatures`. `json` bounds the whole envelope on the wire. */
export const ENVELOPE_LIMITS = {
  maxPayloadBytes: 65536,
  maxSignatures: 16,
  maxSignatureBytes: 1536,
  json: { maxBytes: 128 * 1024, maxDepth: 4 } satisfies JsonLimits,
} as const;

/** Why an envelope was refused before any cryptography. */
export type EnvelopeRefusal =
  | JsonRefusal
  | 'envelope-shape' | 'envelope-type' | 'envelope-payload-base64' | 'envelope-payload-size'
  | 'envelope-signature-count' | 'envelope-signature-shape' | 'envelope-keyid' | 'envelope-keyid-twice';

export type ParsedEnvelope =
  | { readonly ok: true; readonly envelope: Envelope; readonly payload: Uint8Array }
  | { readonly ok: false; readonly code: EnvelopeRefusal };

const KEY_ID = /^[0-9a-f]{64}$/;

/**
 * Checks the shape of an envelope and decodes its payload bytes without looking into them.
 * Refuses an extra or missing key, a type that is not ours, base64 that is not canonical, more than 65,536 payload bytes,
 * none or more than 16 signatures and a key id that stands twice. It proves nothing: signatures come first, parsing after.
 */
export function parseEnvelope(value: unknown): ParsedEnvelope {
  const fields = exactFields(value, ['payloadType', 'payload', 'signatures']);
  if (fields === undefined) return refuse('envelope-shape');
  const [payloadType, base64, list] = fields;
  if (typeof payloadType !== 'string' || typeof base64 !== 'string' || !Array.isArray(list)) return refuse('envelope-shape');
  if (wordOf(payloadType) === undefined) return refuse('envelope-type');
  if (base64.length > Math.ceil(ENVELOPE_LIMITS.maxPayloadBytes / 3) * 4) return refuse('envelope-payload-size');
  const payload = fromBase64(base64);
  if (payload === undefined) return refuse('envelope-payload-base64');
  if (payload.length > ENVELOPE_LIMITS.maxPayloadBytes) return refuse('envelope-payload-size');
  if (list.length < 1 || list.length > ENVELOPE_LIMITS.maxSignatures) return refuse('envelope-signature-count');

  const signatures: EnvelopeSignature[] = [];
  for (const entry of list) {
    const parts = exactFields(entry, ['keyid', 'sig']);
    if (parts === undefined) return refuse('envelope-signature-shape');
    const [keyid, sig] = parts;
    if (typeof keyid !== 'string' || !KEY_ID.test(keyid)) return refuse('envelope-keyid');
    if (typeof sig !== 'string' || !isSignatureText(sig)) return refuse('envelope-signature-shape');
    if (signatures.some((other) => other.keyid === keyid)) return refuse('envelope-keyid-twice');
    signatures.push({ keyid, sig });
  }
  return { ok: true, envelope: { payloadType, payload: base64, signatures }, payload };
}

/** Reads an envelope from the wire: strict JSON of at most 128 KiB, then `parseEnvelope`. */
export function decodeEnvelope(bytes: Uint8Array): ParsedEnvelope {
  const json = parseStrictJson(bytes, ENVELOPE_LIMITS.json);
  return json.ok ? parseEnvelope(json.value) : refuse(json.code);
}

/** Writes an envelope for the wire. The order of fields carries no meaning; the payload's bytes are unchanged. */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  const { payloadType, payload, signatures } = envelope;
  return new TextEncoder().encode(
    JSON.stringify({ payloadType, payload, signatures: signatures.map(({ keyid, sig }) => ({ keyid, sig })) }),
  );
}

function isSignatureText(sig: string): boolean {
  if (sig.length === 0 || sig.length > Math.ceil(ENVELOPE_LIMITS.maxSignatureBytes / 3) * 4) return false;
  return fromBase64(sig) !== undefined;
}

function refuse(code: EnvelopeRefusal): { readonly ok: false; readonly code: EnvelopeRefusal } {
  return { ok: false, code };
}

/** The values of exactly these own fields in this order, or undefined when one is missing or another is there. */
function exactFields(value: unknown, names: readonly string[]): readonly unknown[] | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  if (Reflect.ownKeys(value).length !== names.length) return undefined;
  const entries = new Map<string, unknown>(Object.entries(value));
  return names.every((name) => entries.has(name)) ? names.map((name) => entries.get(name)) : undefined;
}
