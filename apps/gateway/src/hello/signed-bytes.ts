import { CLAIM_CONTEXT, HELLO_CONTEXT } from '#libs/contracts';

const encoder = new TextEncoder();

/**
 * What a device key signs to prove itself: ASCII context, 00, the challenge's nonce as its 32 hex characters, 00, and
 * the terminal id (hello) or the claim code (claim). The zero bytes keep the three parts apart: none of them can hold one.
 */
export function helloBytes(nonce: string, terminal: string): Uint8Array {
  return encoder.encode(`${HELLO_CONTEXT}\0${nonce}\0${terminal}`);
}

export function claimBytes(nonce: string, code: string): Uint8Array {
  return encoder.encode(`${CLAIM_CONTEXT}\0${nonce}\0${code}`);
}
