import { createPrivateKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { evanOpus } from '#libs/audio';
import { keyIdSchema, type LiveBody } from '#libs/contracts';
import type { BlockSeal } from '#libs/domain';
import { toBase64 } from '#libs/envelope';
import { keyIdOf, sha256, sha256Hex } from '#libs/suites';
import { liveGrantOf, type LiveGrant } from '#libs/trust';

/** A microphone session as tests have it: its throw-away key, its grant, and a voice in real Opus packets. */

export const START = 1_793_000_000_000;
export const MESSAGE = sha256Hex(Uint8Array.of(1));
export const STREAM = MESSAGE.slice(0, 32);

export interface SessionKey {
  readonly record: LiveBody['sessionKey'];
  readonly privateKey: KeyObject;
}

export function sessionKey(): SessionKey {
  const pair = generateKeyPairSync('ed25519', { publicKeyEncoding: { format: 'der', type: 'spki' }, privateKeyEncoding: { format: 'der', type: 'pkcs8' } });
  const spki = new Uint8Array(pair.publicKey);
  return {
    record: { keyId: keyIdSchema.parse(keyIdOf('ed25519', spki)), alg: 'ed25519', spki: toBase64(spki) },
    privateKey: createPrivateKey({ key: pair.privateKey, format: 'der', type: 'pkcs8' }),
  };
}

export function sealOf({ privateKey }: SessionKey): BlockSeal {
  return { sign: async (bytes) => new Uint8Array(sign(null, bytes, privateKey)), sha256: async (bytes) => sha256(bytes) };
}

/** Begins at START without a chime, heard 800 ms after capture, for a minute. */
export function grantOf(key: SessionKey, set: Partial<LiveBody> = {}): LiveGrant {
  return liveGrantOf(MESSAGE, { sessionKey: key.record, delayMs: 800, blockMs: 100, maxDurationMs: 60_000, chime: null, ...set }, { startAt: START });
}

/** A rising tone, 20 ms a packet. */
export function spokenPackets(count: number): readonly Uint8Array[] {
  const encoder = evanOpus.createEncoder({ bitrate: 24_000, complexity: 5 });
  return Array.from({ length: count }, (_, packet) => encoder.encode(Int16Array.from({ length: 960 }, (_unused, n) => {
    const at = (packet * 960 + n) / 48_000;
    return 9_000 * Math.sin(2 * Math.PI * (300 + 200 * at) * at);
  })));
}
