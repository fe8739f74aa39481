import { relyingPartySchema } from '#libs/contracts';
import { fromBase64 } from '#libs/envelope';
import { BoundedMap } from './bounded-map';
import { sha256Hex } from './hash';
import { importKey, type PointRefusal, type PreparedKey } from './suite';
import { suiteOf, type KeyAlg, type SoftwareAlg } from './suites';

export type { KeyAlg, SoftwareAlg } from './suites';

/** A public key of which a program may hold the private half. `keyId` is 64 hex digits, `spki` canonical base64 of the DER. */
export type SoftwareKeyRecord = { readonly keyId: string; readonly alg: SoftwareAlg; readonly spki: string };

/** A public key with its algorithm; a passkey's also pins its relying party. */
export type KeyRecord = SoftwareKeyRecord
  | { readonly keyId: string; readonly alg: Exclude<KeyAlg, SoftwareAlg>; readonly spki: string; readonly rp: RelyingPartyShape };
type RelyingPartyShape = { readonly id: string; readonly origins: readonly string[] };

/** `key-rp`: a passkey without a usable relying party, or another key with one. */
export type KeyRefusal = PointRefusal | 'key-alg-unknown' | 'key-spki-encoding' | 'key-id-mismatch' | 'key-rp';

export type KeyCheck = { readonly ok: true } | { readonly ok: false; readonly code: KeyRefusal };

/** Prepared keys kept warm. A terminal's lineage holds a few dozen, a simulator of 600 terminals the same ones. */
const MAX_PREPARED = 4096;

type Prepared = { readonly alg: string; readonly spki: string; readonly rp: string; readonly key: PreparedKey };

const prepared = new BoundedMap<string, Prepared>(MAX_PREPARED);
const ascii = new TextEncoder();
/** Made once: to make a schema costs many times what it costs to ask it. */
const pinSchema = relyingPartySchema.optional();

/** The name of a key everywhere: hex SHA-256 of the algorithm's name followed by the SPKI. */
export function keyIdOf(alg: KeyAlg, spki: Uint8Array): string {
  return sha256Hex(ascii.encode(alg), spki);
}

/**
 * Whether a record may be registered or used: known algorithm, the one exact encoding of a usable point, and a key id
 * that is its hash. Refuses small-order and non-canonical Ed25519 keys, points off the curve, compressed or re-encoded SPKI.
 */
export function checkKeyRecord(record: KeyRecord): KeyCheck {
  const outcome = prepareKey(record);
  return typeof outcome === 'string' ? { ok: false, code: outcome } : { ok: true };
}

/**
 * What tells one registration of a key from another: its id, and what it pins besides. The id holds no relying party, and
 * the same passkey may be listed twice with two of them, by people who have nothing to do with each other.
 */
export function registrationOf(record: KeyRecord): string {
  return `${record.keyId} ${pinOf(record)}`;
}

function pinOf(record: KeyRecord): string {
  return JSON.stringify('rp' in record ? record.rp : null);
}

/** Whether one key stands here more than once, under whatever suite: P-256 has two, and one key must not be two persons. */
export function hasKeyTwice(keys: readonly { readonly spki: string }[]): boolean {
  return new Set(keys.map(({ spki }) => spki)).size < keys.length;
}

/** The imported key of a record that passes `checkKeyRecord`, from the cache when warm; otherwise the reason. */
export function prepareKey(record: KeyRecord): PreparedKey | KeyRefusal {
  const known = prepared.get(record.keyId);
  // A hit counts only for the very same key: another key under a borrowed id goes through the full check and fails.
  const rp = pinOf(record);
  if (known !== undefined && known.alg === record.alg && known.spki === record.spki && known.rp === rp) return known.key;
  const suite = suiteOf(record.alg);
  if (suite === undefined) return 'key-alg-unknown';
  const spki = fromBase64(record.spki);
  if (spki === undefined) return 'key-spki-encoding';
  const refusal = suite.checkSpki(spki);
  if (refusal !== undefined) return refusal;
  if (keyIdOf(record.alg, spki) !== record.keyId) return 'key-id-mismatch';
  const pinned = pinSchema.safeParse('rp' in record ? record.rp : undefined);
  const key = pinned.success ? importKey(suite, spki, pinned.data) : undefined;
  if (key === undefined) return 'key-rp';
  prepared.set(record.keyId, { alg: record.alg, spki: record.spki, rp, key });
  return key;
}
