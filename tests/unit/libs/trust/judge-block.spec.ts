import { generateKeyPairSync, sign } from 'node:crypto';
import { digestSchema, keyIdSchema, type LiveBody } from '#libs/contracts';
import { encodeLiveBlock, NO_BLOCK_BEFORE, sealLiveBlock, toBase64, type LiveBlock } from '#libs/envelope';
import { keyIdOf, sha256Hex } from '#libs/suites';
import { judgeBlock, liveGrantOf, PACKET_MS, type BlockBefore, type LiveGrant } from '#libs/trust';

const START = 1_793_000_000_000;
const DIGEST = sha256Hex(Uint8Array.of(1));
const own = sessionKey();
const grant = grantOf();

function sessionKey() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const spki = toBase64(new Uint8Array(publicKey.export({ format: 'der', type: 'spki' })));
  return { record: { keyId: keyIdSchema.parse(keyIdOf('ed25519', new Uint8Array(publicKey.export({ format: 'der', type: 'spki' })))), alg: 'ed25519' as const, spki }, privateKey };
}

function grantOf(set: Partial<LiveBody> = {}): LiveGrant {
  const live: LiveBody = { sessionKey: own.record, delayMs: 800, blockMs: 100, maxDurationMs: 60_000, chime: { sha256: digestSchema.parse(DIGEST), bytes: 900, role: 'chime', durationMs: 2_000 }, ...set };
  return liveGrantOf(DIGEST, live, { startAt: START });
}

/** The block that speaks from `at` ms after the start, signed. */
function block(seq: number, at: number, set: Partial<LiveBlock> = {}, key = own): Uint8Array {
  const packets = Array.from({ length: 5 }, (_, n) => Uint8Array.of(seq & 255, n, 7));
  const signed = encodeLiveBlock({ end: false, stream: grant.stream, seq, capturedAt: (START + at) * 1_000, previous: NO_BLOCK_BEFORE, packets, ...set });
  return sealLiveBlock(signed, new Uint8Array(sign(null, signed, key.privateKey)));
}

function taken(bytes: Uint8Array, before: BlockBefore | null, now: number) {
  const judged = judgeBlock(grant, before, bytes, now);
  if (!judged.ok) throw new Error(judged.code);
  return judged.value;
}
const code = (bytes: Uint8Array, before: BlockBefore | null, now: number, by = grant): string => {
  const judged = judgeBlock(by, before, bytes, now);
  return judged.ok ? 'taken' : judged.code;
};

describe('a block of living voice', () => {
  const first = block(1, 0);
  const second = (): Uint8Array => block(2, 100, { previous: taken(first, null, START).before.previousOfNext });

  it('is taken under its grant, and says when it is to be heard', () => {
    const { heardAt, before, digest } = taken(first, null, START + 50);
    expect([heardAt, before.seq, before.endsAt]).toEqual([START + 800, 1, START + 5 * PACKET_MS]);
    expect(digest).toBe(sha256Hex(first));
    expect(taken(second(), before, START + 150).heardAt).toBe(START + 900);
  });

  it('goes on behind a gap, whatever it says of the block that is missing', () => {
    expect(code(block(9, 800, { previous: 'cd'.repeat(16) }), taken(first, null, START).before, START + 900)).toBe('taken');
  });

  it('is refused when it came before, or from before', () => {
    const before = taken(second(), taken(first, null, START).before, START + 150).before;
    expect([code(first, before, START + 200), code(second(), before, START + 200)]).toEqual(['REJ_SEQ_REPLAY', 'REJ_SEQ_REPLAY']);
  });

  it('is refused when another key signed it, or a single bit of it is changed', () => {
    expect(code(block(1, 0, {}, sessionKey()), null, START)).toBe('REJ_SIGNATURE');
    for (let bit = 0; bit < first.length * 8; bit += 1) {
      const flipped = Uint8Array.from(first);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(code(flipped, null, START)).not.toBe('taken');
    }
  });

  it('is refused of another stream, and under another grant of the same key', () => {
    expect(code(block(1, 0, { stream: 'ef'.repeat(16) }), null, START)).toBe('REJ_STREAM');
    expect(code(first, null, START, { ...grant, stream: 'ef'.repeat(16) })).toBe('REJ_STREAM');
  });

  it('is refused at another time than its own: kept back, sent ahead, before the start, after the longest', () => {
    expect(code(first, null, START + 10_801)).toBe('REJ_EXPIRED');
    expect(code(first, null, START + 10_800)).toBe('taken');
    expect(code(block(1, 6_000), null, START + 999)).toBe('REJ_NOT_YET');
    expect(code(block(1, -801), null, START)).toBe('REJ_EXPIRED');
    expect(code(block(1, 61_101), null, START + 61_101)).toBe('REJ_EXPIRED');
    expect(code(block(1, 61_100), null, START + 61_100)).toBe('taken');
  });

  it('is refused when it speaks over the block before it', () => {
    const { before } = taken(first, null, START);
    expect(code(block(2, 94, { previous: before.previousOfNext }), before, START + 100)).toBe('REJ_EXPIRED');
    expect(code(block(2, 95, { previous: before.previousOfNext }), before, START + 100)).toBe('taken');
  });

  it('is refused when it does not follow the block that it is numbered behind', () => {
    expect(code(block(2, 100), taken(first, null, START).before, START + 100)).toBe('REJ_BLOCK_CHAIN');
    expect(code(block(1, 0, { previous: 'cd'.repeat(16) }), null, START)).toBe('REJ_BLOCK_CHAIN');
  });

  it('is refused longer than its grant says, and in pieces', () => {
    expect(code(block(1, 0, { packets: Array.from({ length: 6 }, () => Uint8Array.of(1)) }), null, START)).toBe('REJ_SHAPE');
    expect(code(first.subarray(1), null, START)).toBe('REJ_SHAPE');
    expect(code(new Uint8Array(8_193), null, START)).toBe('REJ_SIZE');
  });
});
