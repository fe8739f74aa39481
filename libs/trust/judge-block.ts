import { LIMITS, type Dispatch, type LiveBody } from '#libs/contracts';
import { NO_BLOCK_BEFORE, PACKET_MS, parseLiveBlock, type LiveBlock } from '#libs/envelope';
import { sha256Hex, verify } from '#libs/suites';
import { ok, refuse, type Result } from './result';

export { PACKET_MS };
/** How far ahead a source's clock may be, and how much later than it could be heard a block still counts as evidence, ms. */
const AHEAD_MS = 5_000;
const BEHIND_MS = 10_000;
/** A source's sample clock and the district's time differ by some ppm: one block may begin this little inside the one before it, ms. */
const OVERLAP_MS = 5;
/** Hex digits of a stream's name and of what a block says of the one before it: the first 16 bytes of a SHA-256. */
const HALF_DIGEST = 32;

/** What a dispatched grant lets a stream say, and when. District Unix ms. */
export interface LiveGrant {
  /** The first 16 bytes of the message digest, as hex. */
  readonly stream: string;
  readonly live: LiveBody;
  /** When the chime begins. */
  readonly startAt: number;
}

/** Whether a signature is this key's over these bytes; where many judge the same blocks they may share the answer. */
export type VerifyBlock = (key: LiveBody['sessionKey'], signed: Uint8Array, signature: Uint8Array) => boolean;

/** The last block that was taken of a stream. */
export interface BlockBefore {
  readonly seq: number;
  /** When the sample after its last one was captured, Unix ms. */
  readonly endsAt: number;
  readonly previousOfNext: string;
}

export interface TakenBlock {
  readonly block: LiveBlock;
  /** SHA-256 over the whole block, as hex. */
  readonly digest: string;
  /** When its first sample is to be heard, district Unix ms with fractions. */
  readonly heardAt: number;
  readonly before: BlockBefore;
}

export function liveGrantOf(messageDigest: string, live: LiveBody, { startAt }: Pick<Dispatch, 'startAt'>): LiveGrant {
  return { stream: messageDigest.slice(0, HALF_DIGEST), live, startAt };
}

/** When the last sample under a grant may be heard: chime, then the voice's longest. */
export function liveEndsAt({ live, startAt }: LiveGrant): number {
  return startAt + (live.chime?.durationMs ?? 0) + live.maxDurationMs;
}

/**
 * Whether a block may be buffered (design 5 "Live"; facts/audio C2): its own shape, the running stream's, later than every
 * one taken before it, at its time inside the grant, signed by the session key that the grant names, behind the block that
 * it says. Nothing of a block that is refused may reach a loudspeaker. `before` is null until the first one.
 */
export function judgeBlock(grant: LiveGrant, before: BlockBefore | null, bytes: Uint8Array, now: number, verifies: VerifyBlock = verify): Result<TakenBlock> {
  if (bytes.length > LIMITS.liveBlockBytes) return refuse('REJ_SIZE');
  const parsed = parseLiveBlock(bytes);
  if (parsed === undefined || parsed.block.packets.length * PACKET_MS > grant.live.blockMs) return refuse('REJ_SHAPE');
  const { block, signed, signature } = parsed;
  if (block.stream !== grant.stream) return refuse('REJ_STREAM');
  if (before !== null && block.seq <= before.seq) return refuse('REJ_SEQ_REPLAY');
  const capturedAt = block.capturedAt / 1_000;
  const endsAt = capturedAt + block.packets.length * PACKET_MS;
  const heardAt = capturedAt + grant.live.delayMs;
  if (capturedAt > now + AHEAD_MS) return refuse('REJ_NOT_YET', 'capturedAt');
  if (heardAt < now - BEHIND_MS || heardAt < grant.startAt || endsAt + grant.live.delayMs > liveEndsAt(grant)) return refuse('REJ_EXPIRED', 'capturedAt');
  if (before !== null && capturedAt < before.endsAt - OVERLAP_MS) return refuse('REJ_EXPIRED', 'capturedAt');
  if (!verifies(grant.live.sessionKey, signed, signature)) return refuse('REJ_SIGNATURE');
  const follows = before === null ? block.seq === 1 : block.seq === before.seq + 1;
  if (follows && block.previous !== (before?.previousOfNext ?? NO_BLOCK_BEFORE)) return refuse('REJ_BLOCK_CHAIN', 'previous');
  const digest = sha256Hex(bytes);
  return ok({ block, digest, heardAt, before: { seq: block.seq, endsAt, previousOfNext: digest.slice(0, HALF_DIGEST) } });
}
