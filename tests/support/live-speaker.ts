import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { digestSchema, keyIdSchema, type KeyRecord, type LiveBody } from '#libs/contracts';
import { encodeLiveBlock, NO_BLOCK_BEFORE, sealLiveBlock, toBase64, type LiveBlock } from '#libs/envelope';
import { keyIdOf, sha256Hex } from '#libs/suites';
import { liveGrantOf, PACKET_MS, type LiveGrant } from '#libs/trust';
import type { SeededRandom } from './seeded-random';

/** When every grant of these tests starts, Unix ms. */
export const LIVE_START = 1_793_000_000_000;

export interface SessionKey {
  readonly record: KeyRecord & { readonly alg: 'ed25519' };
  readonly privateKey: KeyObject;
}

/** The throw-away key of one microphone session. */
export function sessionKey(): SessionKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const spki = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }));
  return { record: { keyId: keyIdSchema.parse(keyIdOf('ed25519', spki)), alg: 'ed25519', spki: toBase64(spki) }, privateKey };
}

/** The grant of the message that is called `name`, for this key. */
export function grantFor(name: string, key: SessionKey, set: Partial<LiveBody> = {}): LiveGrant {
  const digest = digestSchema.parse(sha256Hex(new TextEncoder().encode(name)));
  return liveGrantOf(digest, { sessionKey: key.record, delayMs: 800, blockMs: 100, maxDurationMs: 60_000, chime: null, ...set }, { startAt: LIVE_START });
}

/** A block signed as the speaker signs it. */
export function signBlock(block: LiveBlock, key: SessionKey): Uint8Array {
  const signed = encodeLiveBlock(block);
  return sealLiveBlock(signed, new Uint8Array(sign(null, signed, key.privateKey)));
}

/** One genuine block and what it says. */
export interface SpokenBlock {
  readonly block: LiveBlock;
  readonly bytes: Uint8Array;
}

/** Speaks `count` blocks in a row under a grant, from its start on; the packets are noise of 1 to 90 bytes. */
export function speak(grant: LiveGrant, key: SessionKey, count: number, random: SeededRandom): SpokenBlock[] {
  const spoken: SpokenBlock[] = [];
  let previous = NO_BLOCK_BEFORE;
  for (let seq = 1; seq <= count; seq += 1) {
    const packets = Array.from({ length: grant.live.blockMs / PACKET_MS }, () => noise(1 + random.int(90), random));
    const capturedAt = (grant.startAt + (grant.live.chime?.durationMs ?? 0) + (seq - 1) * grant.live.blockMs) * 1_000;
    const block: LiveBlock = { end: false, stream: grant.stream, seq, capturedAt, previous, packets };
    const bytes = signBlock(block, key);
    spoken.push({ block, bytes });
    previous = sha256Hex(bytes).slice(0, NO_BLOCK_BEFORE.length);
  }
  return spoken;
}

export function noise(length: number, random: SeededRandom): Uint8Array {
  return Uint8Array.from({ length }, () => random.int(256));
}
