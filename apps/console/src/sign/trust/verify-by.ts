import type { KeyRecord } from '#libs/contracts';
import { fromBase64, pae, parseStrictJson, type Envelope } from '#libs/envelope';
import { areEqual, joined, owned, sha256, toBase64Url } from '../keys';
import { keyIdOf, verifyP256 } from '../keys/p256';

/** `unknown`: this browser lacks the suite (SM2 everywhere, Ed25519 in older ones), so it can say neither. */
export type Verdict = 'holds' | 'fails' | 'unknown';

const AUTHENTICATOR_DATA_BYTES = 37;

/**
 * Whether one of the envelope's signatures is this key's over its payload (docs/protocol.md 6). A record that bears the id
 * of another key signs nothing: what is known by ids, as the pinned root is, would be anybody's.
 */
export async function verifyBy(record: KeyRecord, envelope: Envelope): Promise<Verdict> {
  const given = envelope.signatures.find(({ keyid }) => keyid === record.keyId);
  const [sig, payload, spki] = [fromBase64(given?.sig ?? ''), fromBase64(envelope.payload), fromBase64(record.spki)];
  if (given === undefined || sig === undefined || payload === undefined || spki === undefined) return 'fails';
  if (await keyIdOf(record.alg, spki) !== record.keyId) return 'fails';
  const bytes = pae(envelope.payloadType, payload);
  try {
    switch (record.alg) {
      case 'es256': return said(sig.length === 64 && await verifyP256(record.spki, bytes, sig));
      case 'webauthn-es256': return said(await verifyAssertion(record, bytes, sig));
      case 'ed25519': return said(await verifyEd25519(record.spki, bytes, sig));
      case 'sm2-sm3': return 'unknown';
    }
  } catch {
    // A suite or a curve that this browser does not have throws; a signature that does not hold does not.
    return 'unknown';
  }
}

function said(holds: boolean): Verdict {
  return holds ? 'holds' : 'fails';
}

async function verifyEd25519(spki: string, bytes: Uint8Array, sig: Uint8Array): Promise<boolean> {
  const der = fromBase64(spki);
  if (der === undefined) return false;
  const key = await crypto.subtle.importKey('spki', owned(der), { name: 'Ed25519' }, false, ['verify']);
  return crypto.subtle.verify({ name: 'Ed25519' }, key, owned(sig), owned(bytes));
}

/** As a terminal judges a passkey: pinned site, presence and verification of the user, challenge, signature. */
async function verifyAssertion({ rp, spki }: KeyRecord & { readonly alg: 'webauthn-es256' }, bytes: Uint8Array, sig: Uint8Array): Promise<boolean> {
  const authenticatorData = sized(sig, 0);
  const clientData = sized(sig, 2 + AUTHENTICATOR_DATA_BYTES);
  if (authenticatorData?.length !== AUTHENTICATOR_DATA_BYTES || clientData === undefined) return false;
  const signature = sig.subarray(4 + AUTHENTICATOR_DATA_BYTES + clientData.length);
  const json = parseStrictJson(clientData, { maxBytes: 1024, maxDepth: 4 });
  if (signature.length !== 64 || !json.ok || typeof json.value !== 'object' || json.value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(json.value));
  const origin = fields.get('origin');
  const isVerified = ((authenticatorData[32] ?? 0) & 5) === 5;
  const isOver = fields.get('type') === 'webauthn.get' && fields.get('challenge') === toBase64Url(await sha256(bytes)) && typeof origin === 'string' && rp.origins.includes(origin);
  const isOfSite = areEqual(authenticatorData.subarray(0, 32), await sha256(new TextEncoder().encode(rp.id)));
  return isVerified && isOver && isOfSite && verifyP256(spki, joined(authenticatorData, await sha256(clientData)), signature);
}

function sized(sig: Uint8Array, at: number): Uint8Array | undefined {
  const length = (sig[at] ?? 0) * 256 + (sig[at + 1] ?? 0);
  return at + 2 + length <= sig.length ? sig.subarray(at + 2, at + 2 + length) : undefined;
}
