import type { KeyRecord, RelyingParty } from '#libs/contracts';
import { parseStrictJson } from '#libs/envelope';
import type { Clock } from '../../clock';
import { areEqual, joined, owned, sha256, toBase64Url } from './bytes';
import { KeyFault, type HeldKey } from './held-key';
import { rawFromDer, recordOf, verifyP256 } from './p256';

const ES256 = -7;
const PATIENCE_MS = 120_000;
/** rpIdHash 32, flags 1, counter 4: an assertion without extensions (WebAuthn L3 6.1). */
const AUTHENTICATOR_DATA_BYTES = 37;
const PRESENT_AND_VERIFIED = 0x05;

/** The relying party of these pages: the host they were opened under, and exactly this origin. */
export function ownRelyingParty(at: Pick<Location, 'hostname' | 'origin'> = location): RelyingParty {
  return { id: at.hostname, origins: [at.origin] };
}

/** Has the device make a passkey for this origin, with user verification. Refuses key-no-passkeys, key-cancelled, key-unsuitable. */
export async function makePasskey(clock: Clock, owner: string, name: string): Promise<HeldKey> {
  requirePasskeys();
  const rp = ownRelyingParty();
  const made = await asked(navigator.credentials.create({
    publicKey: {
      rp: { id: rp.id, name: 'Clarion 号角' },
      user: { id: clock.random(16), name: owner, displayName: name },
      challenge: clock.random(32),
      pubKeyCredParams: [{ type: 'public-key', alg: ES256 }],
      authenticatorSelection: { userVerification: 'required', residentKey: 'preferred' },
      attestation: 'none',
      timeout: PATIENCE_MS,
    },
  }));
  if (!(made instanceof PublicKeyCredential) || !(made.response instanceof AuthenticatorAttestationResponse)) throw new KeyFault('key-unsuitable');
  const spki = made.response.getPublicKey();
  if (spki === null || made.response.getPublicKeyAlgorithm() !== ES256) throw new KeyFault('key-unsuitable');
  const record = await recordOf('webauthn-es256', new Uint8Array(spki), rp);
  return { record, name, madeAt: clock.now(), secret: { kind: 'passkey', credentialId: new Uint8Array(made.rawId) } };
}

/**
 * `sig` of a passkey (docs/protocol.md 6): its challenge is the SHA-256 of `bytes`. What came back is verified as a terminal
 * will: site, presence and verification of the user, challenge, signature. Refuses key-cancelled, key-self-check.
 */
export async function signWithPasskey(record: KeyRecord, credentialId: Uint8Array<ArrayBuffer>, bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  if (record.alg !== 'webauthn-es256') throw new KeyFault('key-unsuitable');
  requirePasskeys();
  const challenge = await sha256(bytes);
  const given = await asked(navigator.credentials.get({
    publicKey: { challenge, rpId: record.rp.id, allowCredentials: [{ type: 'public-key', id: credentialId }], userVerification: 'required', timeout: PATIENCE_MS },
  }));
  if (!(given instanceof PublicKeyCredential) || !(given.response instanceof AuthenticatorAssertionResponse)) throw new KeyFault('key-unsuitable');
  const authenticatorData = new Uint8Array(given.response.authenticatorData);
  const clientData = new Uint8Array(given.response.clientDataJSON);
  const signature = rawFromDer(new Uint8Array(given.response.signature));
  if (signature === undefined) throw new KeyFault('key-unsuitable');
  await requireGenuine(record, { authenticatorData, clientData, signature, challenge });
  return joined(sized(authenticatorData), sized(clientData), signature);
}

interface Given {
  readonly authenticatorData: Uint8Array;
  readonly clientData: Uint8Array;
  readonly signature: Uint8Array;
  readonly challenge: Uint8Array;
}

async function requireGenuine(record: KeyRecord & { readonly alg: 'webauthn-es256' }, { authenticatorData, clientData, signature, challenge }: Given): Promise<void> {
  const rpIdHash = await sha256(new TextEncoder().encode(record.rp.id));
  const holds = authenticatorData.length === AUTHENTICATOR_DATA_BYTES
    && areEqual(authenticatorData.subarray(0, 32), rpIdHash)
    && ((authenticatorData[32] ?? 0) & PRESENT_AND_VERIFIED) === PRESENT_AND_VERIFIED
    && isOver(clientData, challenge, record.rp)
    && await verifyP256(record.spki, joined(authenticatorData, await sha256(clientData)), signature);
  if (!holds) throw new KeyFault('key-self-check');
}

function isOver(clientData: Uint8Array, challenge: Uint8Array, { origins }: RelyingParty): boolean {
  const json = parseStrictJson(clientData, { maxBytes: 1024, maxDepth: 4 });
  if (!json.ok || typeof json.value !== 'object' || json.value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(json.value));
  const origin = fields.get('origin');
  return fields.get('type') === 'webauthn.get' && fields.get('challenge') === toBase64Url(challenge) && typeof origin === 'string' && origins.includes(origin);
}

function sized(part: Uint8Array): Uint8Array {
  return joined(Uint8Array.of(part.length >> 8, part.length & 255), owned(part));
}

function requirePasskeys(): void {
  if (typeof PublicKeyCredential === 'undefined' || typeof navigator.credentials === 'undefined') throw new KeyFault('key-no-passkeys');
}

/** A device that says no, or is asked for too long, throws a DOMException: for us one thing. */
async function asked(answer: Promise<Credential | null>): Promise<Credential> {
  let credential: Credential | null;
  try {
    credential = await answer;
  } catch (cause) {
    throw new KeyFault('key-cancelled', cause);
  }
  if (credential === null) throw new KeyFault('key-cancelled');
  return credential;
}
