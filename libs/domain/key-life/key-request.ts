import type { KeyRequest } from '#libs/contracts';
import { encodePayload, pae } from '#libs/envelope';
import { digitGroups } from '../key-fingerprint';

/** What a new key signs when its holder asks for it, so that it can be taken for nothing else. */
export const KEY_REQUEST_TYPE = 'clarion-key-request.v1';
/** What a key signs to show that its holder still has it. */
export const POSSESSION_TYPE = 'clarion-possession.v1';

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
 * What two people read to each other to know that they see the same request: it covers the key, whose it is and which one
 * goes, so nobody in between can swap any of them.
 */
export function fingerprintOf(id: string): readonly string[] {
  return digitGroups(id);
}

/** Whether what somebody typed are these digits: in any grouping, and nothing left out. */
export function isFingerprint(id: string, typed: string): boolean {
  return typed.replace(/[\s-]/g, '') === fingerprintOf(id).join('');
}
