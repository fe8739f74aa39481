import { keyRecordSchema, type KeyRecord, type RelyingParty } from '#libs/contracts';
import { fromBase64, toBase64 } from '#libs/envelope';
import { joined, owned, sha256Hex } from './bytes';
import { KeyFault } from './held-key';

const P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const WITH_SHA256 = { name: 'ECDSA', hash: 'SHA-256' } as const;
const SPKI_BYTES = 91;
const HALF = 32;

/** A fresh pair whose private half no script can take out of the browser. */
export function makePair(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(P256, false, ['sign', 'verify']);
}

/** The record of a public point: `keyId` = SHA-256 of the algorithm's name and the DER (docs/protocol.md 6). */
export async function recordOf(alg: 'es256' | 'webauthn-es256', spki: Uint8Array, rp?: RelyingParty): Promise<KeyRecord> {
  if (spki.length !== SPKI_BYTES) throw new KeyFault('key-unsuitable');
  const keyId = await keyIdOf(alg, spki);
  const record = keyRecordSchema.safeParse({ keyId, alg, spki: toBase64(spki), ...(rp === undefined ? {} : { rp }) });
  if (!record.success) throw new KeyFault('key-unsuitable', record.error);
  return record.data;
}

/** The name of a key everywhere: nobody else's key can bear it. */
export function keyIdOf(alg: KeyRecord['alg'], spki: Uint8Array): Promise<string> {
  return sha256Hex(joined(new TextEncoder().encode(alg), spki));
}

/** r || s of 64 bytes over the bytes' SHA-256. */
export async function signP256(privateKey: CryptoKey, bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.sign(WITH_SHA256, privateKey, owned(bytes)));
}

export async function verifyP256(spki: string, bytes: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const der = fromBase64(spki);
  if (der === undefined) return false;
  const key = await crypto.subtle.importKey('spki', owned(der), P256, false, ['verify']);
  return crypto.subtle.verify(WITH_SHA256, key, owned(signature), owned(bytes));
}

/**
 * r || s of an ECDSA-Sig-Value in DER (RFC 3279 2.2.3): SEQUENCE of two positive INTEGERs of at most 32 bytes. Undefined for anything else.
 */
export function rawFromDer(der: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  if (der[0] !== 0x30 || der[1] !== der.length - 2) return undefined;
  const r = integerAt(der, 2);
  const s = r === undefined ? undefined : integerAt(der, r.end);
  if (r === undefined || s === undefined || s.end !== der.length) return undefined;
  return joined(padded(r.value), padded(s.value));
}

function integerAt(der: Uint8Array, at: number): { readonly value: Uint8Array; readonly end: number } | undefined {
  const length = der[at + 1] ?? 0;
  if (der[at] !== 0x02 || length === 0) return undefined;
  const end = at + 2 + length;
  if (end > der.length) return undefined;
  const digits = der.subarray(at + 2, end);
  if ((digits[0] ?? 0) > 0x7f) return undefined;
  const value = digits[0] === 0 ? digits.subarray(1) : digits;
  return value.length > HALF ? undefined : { value, end };
}

function padded(value: Uint8Array): Uint8Array {
  return joined(new Uint8Array(HALF - value.length), value);
}
