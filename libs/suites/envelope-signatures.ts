import { ENVELOPE_LIMITS, fromBase64, pae, payloadTypeOf, toBase64, type Envelope } from '#libs/envelope';
import { sha256Hex } from './hash';
import { prepareKey, registrationOf, type KeyRecord } from './key-record';
import type { Signer } from './signer';
import { SuiteError } from './suite-error';
import type { PreparedKey } from './suite';
import type { VerificationCache } from './verification-cache';

/** Wraps `payload` under the type of `word`, signed by each signer in turn. Throws without a signer or with the same key twice. */
export async function signEnvelope(word: string, payload: Uint8Array, signers: readonly Signer[]): Promise<Envelope> {
  if (signers.length === 0) throw new SuiteError('suite-no-signer', 'an envelope needs at least one signer');
  let envelope: Envelope = { payloadType: payloadTypeOf(word), payload: toBase64(payload), signatures: [] };
  for (const signer of signers) envelope = await addSignature(envelope, signer);
  return envelope;
}

/** The same envelope with one more signature over the very same bytes. Throws when this key already signed or 16 have. */
export async function addSignature(envelope: Envelope, signer: Signer): Promise<Envelope> {
  const { keyId } = signer.key;
  if (envelope.signatures.some(({ keyid }) => keyid === keyId)) {
    throw new SuiteError('suite-signature-twice', 'this key has signed the envelope already');
  }
  if (envelope.signatures.length >= ENVELOPE_LIMITS.maxSignatures) {
    throw new SuiteError('suite-too-many-signatures', `an envelope holds at most ${ENVELOPE_LIMITS.maxSignatures} signatures`);
  }
  const payload = fromBase64(envelope.payload);
  if (payload === undefined) throw new SuiteError('suite-payload', 'the envelope to be signed holds a payload that is not base64');
  const sig = toBase64(await signer.sign(pae(envelope.payloadType, payload)));
  return { ...envelope, signatures: [...envelope.signatures, { keyid: keyId, sig }] };
}

/**
 * The distinct records among `keys` whose signature over `payload` holds, in the order of the envelope; each is asked by
 * itself, also where two of them share a key (`registrationOf`).
 * `payload` is what `parseEnvelope` returned and what the caller parses next: what is attested is these bytes.
 * With a `cache` the payload object must never change. Unknown key ids cost nothing; one bad signature does not spoil the others. Counting persons is the caller's part.
 */
export function verifiedSignatures(
  envelope: Envelope,
  payload: Uint8Array,
  keys: Iterable<KeyRecord>,
  cache?: VerificationCache,
): readonly KeyRecord[] {
  if (cache !== undefined) return keysHolding(envelope, keys, (key, name, sig) =>
    remembered(cache, `${digestIn(cache, envelope.payloadType, payload)}.${name}.${sig}`, () => holdsOver(key, pae(envelope.payloadType, payload), sig)));
  const bytes = pae(envelope.payloadType, payload);
  return keysHolding(envelope, keys, (key, _name, sig) => holdsOver(key, bytes, sig));
}

function keysHolding(envelope: Envelope, keys: Iterable<KeyRecord>, holds: (key: PreparedKey, name: string, sig: string) => boolean): readonly KeyRecord[] {
  const distinct = new Map<string, KeyRecord>();
  for (const record of keys) distinct.set(registrationOf(record), record);
  const holding = new Set<KeyRecord>();
  for (const { keyid, sig } of envelope.signatures) for (const [name, record] of distinct) {
    if (record.keyId !== keyid) continue;
    const key = prepareKey(record);
    if (typeof key !== 'string' && holds(key, name, sig)) holding.add(record);
  }
  return [...holding];
}

/** PAE digests by the very payload object: whoever shares a cache shares payloads that never change. */
const digests = new WeakMap<VerificationCache, WeakMap<Uint8Array, { readonly payloadType: string; readonly digest: string }>>();

function digestIn(cache: VerificationCache, payloadType: string, payload: Uint8Array): string {
  const known = digests.get(cache) ?? new WeakMap<Uint8Array, { readonly payloadType: string; readonly digest: string }>();
  digests.set(cache, known);
  const before = known.get(payload);
  if (before?.payloadType === payloadType) return before.digest;
  const digest = sha256Hex(pae(payloadType, payload));
  known.set(payload, { payloadType, digest });
  return digest;
}

function holdsOver(key: PreparedKey, bytes: Uint8Array, sig: string): boolean {
  const raw = fromBase64(sig);
  return raw !== undefined && key.verify(bytes, raw);
}

function remembered(cache: VerificationCache, question: string, answer: () => boolean): boolean {
  const known = cache.get(question);
  if (known !== undefined) return known;
  const holds = answer();
  cache.set(question, holds);
  return holds;
}
