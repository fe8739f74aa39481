import { ed25519 } from '@noble/curves/ed25519.js';
import type { BlockSeal } from '#libs/domain';
import { joined } from '../keys/bytes';
import { LiveFault } from './live-fault';

/** SubjectPublicKeyInfo of an Ed25519 key (RFC 8410 4) up to its 32 bytes. */
const SPKI_HEAD = Uint8Array.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00);
const TRIED = new TextEncoder().encode('clarion session key');

/** An Ed25519 key in this page's memory. Refuses live-no-session-key where what it signs does not verify. */
export function makeSoftwareKey(): { readonly spki: Uint8Array<ArrayBuffer>; readonly sign: BlockSeal['sign'] } {
  const secret = ed25519.utils.randomPrivateKey();
  const own = ed25519.getPublicKey(secret);
  if (!ed25519.verify(ed25519.sign(TRIED, secret), TRIED, own)) throw new LiveFault('live-no-session-key');
  return { spki: joined(SPKI_HEAD, own), sign: async (bytes) => ed25519.sign(bytes, secret) };
}
