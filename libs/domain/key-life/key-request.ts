import type { KeyRequest } from '#libs/contracts';
import { encodePayload, pae } from '#libs/envelope';

/** What a new key signs when its holder asks for it, so that it can be taken for nothing else. */
export const KEY_REQUEST_TYPE = 'clarion-key-request.v1';
/** What a key signs to show that its holder still has it. */
export const POSSESSION_TYPE = 'clarion-possession.v1';

const GROUPS = 4;
const DIGITS = 5;

/** The very bytes under a request's signature; their SHA-256 is its id. */
export function keyRequestBytes(request: KeyRequest): Uint8Array {
  return pae(KEY_REQUEST_TYPE, encodePayload(request));
}

/** The very bytes under a proof of possession. */
export function possessionBytes(proof: { readonly platform: string; readonly person: string; readonly keyId: string; readonly challenge: string }): Uint8Array {
  const { platform, person, keyId, challenge } = proof;
  return pae(POSSESSION_TYPE, encodePayload({ platform, person, keyId, challenge }));
}

/**
 * What two people read to each other to know that they see the same request: 20 digits of its id, in four groups. About
 * 66 bits: whoever wanted another key with the same digits would have to make 10^20 of them within a week.
 */
export function fingerprintOf(id: string): readonly string[] {
  const digits = (BigInt(`0x${id.slice(0, 32)}`) % 10n ** BigInt(GROUPS * DIGITS)).toString().padStart(GROUPS * DIGITS, '0');
  return Array.from({ length: GROUPS }, (_, at) => digits.slice(at * DIGITS, (at + 1) * DIGITS));
}

/** Whether what somebody typed are these digits: in any grouping, and nothing left out. */
export function isFingerprint(id: string, typed: string): boolean {
  return typed.replace(/[\s-]/g, '') === fingerprintOf(id).join('');
}
