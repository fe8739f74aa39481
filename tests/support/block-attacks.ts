import type { RefusalCode } from '#libs/contracts';
import { encodeLiveBlock, parseLiveBlock, sealLiveBlock } from '#libs/envelope';
import type { LiveGrant } from '#libs/trust';
import { grantFor, noise, sessionKey, signBlock, speak, type SessionKey, type SpokenBlock } from './live-speaker';
import { seededRandom, type SeededRandom } from './seeded-random';

const SIGNATURE_BYTES = 64;
/** The order of Ed25519's group, little-endian (RFC 8032 5.1). */
const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** What an attacker finds: a stream as it runs, others that run beside it, and where it has got to. */
export interface AttackScene {
  readonly grant: LiveGrant;
  readonly key: SessionKey;
  readonly genuine: readonly SpokenBlock[];
  /** Another grant's stream with another key, as it was spoken at the same time. */
  readonly other: readonly SpokenBlock[];
  readonly otherKey: SessionKey;
  /** Another grant's stream that was signed with the very same key. */
  readonly twin: readonly SpokenBlock[];
  /** A second stream under the same grant and key, which only the holder of the key can make. */
  readonly second: readonly SpokenBlock[];
  /** How many blocks of the stream were taken. */
  readonly taken: number;
  readonly now: number;
}

/** Streams that run, before any block of them was taken. */
export type AttackedVoices = Omit<AttackScene, 'taken' | 'now'>;

const [key, otherKey] = [sessionKey(), sessionKey()];

/** Four streams of so many blocks, spoken at the same time; the first is attacked with what the others and it itself said. */
export function voicesOf(seed: number, blocks: number): AttackedVoices {
  const random = seededRandom(seed);
  const set = random.pick([{}, { blockMs: 200, delayMs: 1_500 }, { delayMs: 400 }]);
  const [grant, others, twins] = [grantFor('own', key, set), grantFor('other', otherKey, set), grantFor('twin', key, set)];
  return {
    grant, key, otherKey, genuine: speak(grant, key, blocks, random), other: speak(others, otherKey, blocks, random),
    twin: speak(twins, key, blocks, random), second: speak(grant, key, blocks, random),
  };
}

export interface BlockAttack {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly now: number;
}

type Make = (scene: AttackScene, random: SeededRandom) => Uint8Array | { readonly bytes: Uint8Array; readonly now: number };

const isRunning = ({ taken }: AttackScene): boolean => taken > 0;
const next = ({ genuine, taken }: AttackScene): SpokenBlock => at(genuine, taken);

function at(blocks: readonly SpokenBlock[], index: number): SpokenBlock {
  const found = blocks[Math.max(0, Math.min(index, blocks.length - 1))];
  if (found === undefined) throw new RangeError('nothing was spoken');
  return found;
}

/** Its signature put behind other bytes. */
function underSignatureOf(bytes: Uint8Array, signed: Uint8Array): Uint8Array {
  return sealLiveBlock(signed, bytes.subarray(bytes.length - SIGNATURE_BYTES));
}

function changed(bytes: Uint8Array, where: number, how: (byte: number) => number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[where] = how(copy[where] ?? 0);
  return copy;
}

/** The same signature with the group's order added to its second half: other bytes, the same equation (RFC 8032 8.4). */
function withOrderAdded(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  let carry = 0n;
  for (let i = 0; i < 32; i += 1) {
    const where = copy.length - 32 + i;
    const sum = BigInt(copy[where] ?? 0) + ((GROUP_ORDER >> BigInt(8 * i)) & 0xffn) + carry;
    copy[where] = Number(sum & 0xffn);
    carry = sum >> 8n;
  }
  return copy;
}

/** Every way that is known to put sound of one's own into a stream, with the codes that may answer it (docs/threats.md T34 to T36). */
export const BLOCK_ATTACKS: readonly { readonly name: string; readonly codes: readonly RefusalCode[]; readonly make: Make; readonly when?: (scene: AttackScene) => boolean }[] = [
  {
    name: 'one bit changed', codes: ['REJ_SHAPE', 'REJ_STREAM', 'REJ_SEQ_REPLAY', 'REJ_NOT_YET', 'REJ_EXPIRED', 'REJ_SIGNATURE'],
    make: (scene, random) => changed(next(scene).bytes, random.int(next(scene).bytes.length), (byte) => byte ^ (1 << random.int(8))),
  },
  {
    name: 'some bytes changed', codes: ['REJ_SHAPE', 'REJ_STREAM', 'REJ_SEQ_REPLAY', 'REJ_NOT_YET', 'REJ_EXPIRED', 'REJ_SIGNATURE'],
    make: (scene, random) => Array.from({ length: 1 + random.int(8) }).reduce<Uint8Array>((bytes) => changed(bytes, random.int(bytes.length), (byte) => byte + 1 + random.int(255)), next(scene).bytes),
  },
  {
    name: 'sound changed, everything else as it was', codes: ['REJ_SIGNATURE'],
    make: (scene, random) => { const { block, bytes } = next(scene); return underSignatureOf(bytes, encodeLiveBlock({ ...block, packets: block.packets.map((packet) => packet.map((byte) => byte ^ (1 + random.int(255)))) })); },
  },
  { name: 'cut short', codes: ['REJ_SHAPE'], make: (scene, random) => next(scene).bytes.subarray(0, random.int(next(scene).bytes.length)) },
  { name: 'something put behind it', codes: ['REJ_SHAPE'], make: (scene, random) => sealLiveBlock(next(scene).bytes, noise(1 + random.int(200), random)) },
  { name: 'noise', codes: ['REJ_SHAPE'], make: (_scene, random) => noise(random.int(700), random) },
  { name: 'larger than any block', codes: ['REJ_SIZE'], make: (scene, random) => sealLiveBlock(next(scene).bytes, noise(8_193, random)) },
  { name: 'stripped of its last packet', codes: ['REJ_SIGNATURE'], make: (scene) => { const { block, bytes } = next(scene); return underSignatureOf(bytes, encodeLiveBlock({ ...block, packets: block.packets.slice(0, -1) })); } },
  { name: 'stripped of its signature', codes: ['REJ_SHAPE'], make: (scene) => next(scene).bytes.subarray(0, -SIGNATURE_BYTES) },
  { name: 'signature all zeros', codes: ['REJ_SIGNATURE'], make: (scene) => sealLiveBlock(next(scene).bytes.subarray(0, -SIGNATURE_BYTES), new Uint8Array(SIGNATURE_BYTES)) },
  { name: 'signature written otherwise', codes: ['REJ_SIGNATURE'], make: (scene) => withOrderAdded(next(scene).bytes) },
  { name: 'signature of the block after it', codes: ['REJ_SIGNATURE'], make: (scene) => underSignatureOf(at(scene.second, scene.taken + 1).bytes, next(scene).bytes.subarray(0, -SIGNATURE_BYTES)) },
  { name: 'said to be the end', codes: ['REJ_SIGNATURE'], make: (scene) => changed(next(scene).bytes, 4, () => 1) },
  { name: 'packets in another order', codes: ['REJ_SIGNATURE'], make: (scene) => { const { block, bytes } = next(scene); return underSignatureOf(bytes, encodeLiveBlock({ ...block, packets: [...block.packets].reverse() })); } },
  { name: 'came before', when: isRunning, codes: ['REJ_SEQ_REPLAY'], make: (scene, random) => at(scene.genuine, random.int(scene.taken)).bytes },
  { name: 'came before, numbered anew', when: isRunning, codes: ['REJ_EXPIRED'], make: (scene, random) => { const { block, bytes } = at(scene.genuine, random.int(scene.taken)); return underSignatureOf(bytes, encodeLiveBlock({ ...block, seq: scene.taken + 1 + random.int(5) })); } },
  { name: 'came before, numbered and timed anew', when: isRunning, codes: ['REJ_SIGNATURE'], make: (scene, random) => { const { block, bytes } = at(scene.genuine, random.int(scene.taken)); return underSignatureOf(bytes, encodeLiveBlock({ ...block, seq: scene.taken + 1, capturedAt: next(scene).block.capturedAt + 1 })); } },
  { name: 'of another stream', codes: ['REJ_STREAM'], make: (scene) => at(scene.other, scene.taken).bytes },
  { name: 'of another stream under this one\'s name', codes: ['REJ_SIGNATURE'], make: (scene) => { const { block, bytes } = at(scene.other, scene.taken); return underSignatureOf(bytes, encodeLiveBlock({ ...block, stream: scene.grant.stream })); } },
  { name: 'head of this stream, sound of another', codes: ['REJ_SIGNATURE'], make: (scene) => underSignatureOf(next(scene).bytes, encodeLiveBlock({ ...next(scene).block, packets: at(scene.other, scene.taken).block.packets })) },
  { name: 'of another grant with the same key', codes: ['REJ_STREAM'], make: (scene) => at(scene.twin, scene.taken).bytes },
  { name: 'signed with another grant\'s key', codes: ['REJ_SIGNATURE'], make: (scene) => signBlock(next(scene).block, scene.otherKey) },
  { name: 'of a second stream of the same grant', when: isRunning, codes: ['REJ_BLOCK_CHAIN'], make: (scene) => at(scene.second, scene.taken).bytes },
  { name: 'kept back', codes: ['REJ_EXPIRED'], make: (scene, random) => ({ bytes: next(scene).bytes, now: scene.now + 11_000 + scene.grant.live.delayMs + random.int(1_000_000) }) },
  { name: 'sent ahead', codes: ['REJ_NOT_YET'], make: (scene, random) => ({ bytes: next(scene).bytes, now: scene.now - 6_000 - random.int(1_000_000) }) },
  { name: 'timed anew by a relay', codes: ['REJ_SIGNATURE'], make: (scene, random) => { const { block, bytes } = next(scene); return underSignatureOf(bytes, encodeLiveBlock({ ...block, capturedAt: block.capturedAt + 1 + random.int(1_000_000) })); } },
  { name: 'dated ahead by the speaker', codes: ['REJ_NOT_YET'], make: (scene, random) => { const { block } = next(scene); return signBlock({ ...block, capturedAt: (scene.now + 5_001 + random.int(100_000)) * 1_000 }, scene.key); } },
  { name: 'dated back over what was said', codes: ['REJ_EXPIRED'], make: (scene, random) => { const { block } = next(scene); return signBlock({ ...block, capturedAt: block.capturedAt - 6_000 - random.int(50_000) - (scene.taken === 0 ? scene.grant.live.delayMs * 1_000 + (scene.grant.live.chime?.durationMs ?? 0) * 1_000 : 0) }, scene.key); } },
  { name: 'longer than the grant\'s blocks', when: ({ grant }) => grant.live.blockMs < 200, codes: ['REJ_SHAPE'], make: (scene, random) => { const { block } = next(scene); return signBlock({ ...block, packets: [...block.packets, noise(3, random)] }, scene.key); } },
];

/** One attack that is possible on the stream as it stands. */
export function attack(scene: AttackScene, random: SeededRandom): BlockAttack & { readonly codes: readonly RefusalCode[] } {
  const { name, codes, make } = random.pick(BLOCK_ATTACKS.filter(({ when }) => when?.(scene) ?? true));
  const made = make(scene, random);
  return { name, codes, ...(made instanceof Uint8Array ? { bytes: made, now: scene.now } : made) };
}

/** Whether these bytes are, bit for bit, a block that the speaker spoke. */
export function isGenuine(scene: Pick<AttackScene, 'genuine'>, bytes: Uint8Array): boolean {
  const seq = parseLiveBlock(bytes)?.block.seq;
  return scene.genuine.some((spoken) => spoken.block.seq === seq && Buffer.from(spoken.bytes).equals(bytes));
}
