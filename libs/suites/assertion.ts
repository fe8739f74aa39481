import { parseStrictJson, type JsonValue } from '#libs/envelope';

/** Authenticator data of an assertion without extensions: rpIdHash 32, flags 1, counter 4 (WebAuthn L3 6.1). */
const AUTHENTICATOR_DATA_BYTES = 37;
const MAX_CLIENT_DATA_BYTES = 1024;
const SIGNATURE_BYTES = 64;

const FLAGS = { userPresent: 0x01, userVerified: 0x04, backupEligible: 0x08, backedUp: 0x10, attestedData: 0x40, extensions: 0x80 } as const;

/** What an authenticator signed and what it said, as it stands in `sig` of a passkey. Nothing is verified. */
export interface Assertion {
  readonly authenticatorData: Uint8Array;
  readonly clientDataJson: Uint8Array;
  /** r || s over authenticatorData || SHA-256(clientDataJson). */
  readonly signature: Uint8Array;
  readonly rpIdHash: Uint8Array;
  readonly flags: number;
  /** How often this key has signed; 0 where the authenticator does not count. */
  readonly counter: number;
}

/**
 * Takes `sig` of a passkey apart: u16be length + authenticatorData, u16be length + clientDataJSON, 64 bytes r || s.
 * Undefined for any other length anywhere.
 */
export function readAssertion(sig: Uint8Array): Assertion | undefined {
  const authenticatorData = sized(sig, 0);
  if (authenticatorData?.length !== AUTHENTICATOR_DATA_BYTES) return undefined;
  const clientDataJson = sized(sig, 2 + AUTHENTICATOR_DATA_BYTES);
  if (clientDataJson === undefined || clientDataJson.length === 0 || clientDataJson.length > MAX_CLIENT_DATA_BYTES) return undefined;
  const signature = sig.subarray(4 + AUTHENTICATOR_DATA_BYTES + clientDataJson.length);
  if (signature.length !== SIGNATURE_BYTES) return undefined;
  const view = new DataView(authenticatorData.buffer, authenticatorData.byteOffset, authenticatorData.length);
  return { authenticatorData, clientDataJson, signature, rpIdHash: authenticatorData.subarray(0, 32), flags: view.getUint8(32), counter: view.getUint32(33) };
}

function sized(bytes: Uint8Array, at: number): Uint8Array | undefined {
  const [high, low] = [bytes[at], bytes[at + 1]];
  if (high === undefined || low === undefined) return undefined;
  const end = at + 2 + high * 256 + low;
  return end <= bytes.length ? bytes.subarray(at + 2, end) : undefined;
}

/** WebAuthn L3 7.2 steps 17 to 20: present and verified; no backup without eligibility; nothing appended. */
export function isVerifiedPresence(flags: number): boolean {
  const has = (flag: number): boolean => (flags & flag) !== 0;
  return has(FLAGS.userPresent) && has(FLAGS.userVerified) && !has(FLAGS.attestedData) && !has(FLAGS.extensions)
    && (has(FLAGS.backupEligible) || !has(FLAGS.backedUp));
}

export interface ExpectedClientData {
  /** base64url without padding. */
  readonly challenge: string;
  readonly origins: readonly string[];
}

/**
 * WebAuthn L3 7.2 steps 10 to 15: an assertion, over this challenge, from a pinned origin, not from within a frame of
 * another site. Other fields are the browser's business (5.8.1), a field written twice is not.
 */
export function isClientData(clientDataJson: Uint8Array, { challenge, origins }: ExpectedClientData): boolean {
  const json = parseStrictJson(clientDataJson, { maxBytes: MAX_CLIENT_DATA_BYTES, maxDepth: 4 });
  const fields = json.ok ? fieldsOf(json.value) : undefined;
  if (fields === undefined) return false;
  const origin = fields.get('origin');
  return fields.get('type') === 'webauthn.get' && fields.get('challenge') === challenge
    && typeof origin === 'string' && origins.includes(origin)
    && (!fields.has('crossOrigin') || fields.get('crossOrigin') === false) && !fields.has('topOrigin');
}

function fieldsOf(value: JsonValue): ReadonlyMap<string, JsonValue> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? new Map(Object.entries(value)) : undefined;
}
