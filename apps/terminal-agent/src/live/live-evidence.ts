import { createHash } from 'node:crypto';
import { digestSchema, type Digest } from '#libs/contracts';
import type { TakenBlock } from '#libs/trust';

/** What a unit says at the end of a living voice about the blocks that it took. */
export interface BlocksTaken {
  /** 0 where it took none. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly blocks: number;
  /** Of those, so many came too late to be heard whole. */
  readonly late: number;
  /** So many between the first and the last never came. */
  readonly lost: number;
  /** SHA-256 over the SHA-256 of each, in order. */
  readonly blocksDigest: Digest;
  /** Its grant says that the platform's own server held the key. */
  readonly held?: true;
}

/**
 * The evidence of one living voice on one unit: every block that `judgeBlock` took, in its order, and every packet that
 * sounded. Two units that took and sounded the same have the same digests, whether they decode or not, and whoever has the
 * recording can work them out. Keeps no voice.
 */
export class LiveEvidence {
  private readonly taken = createHash('sha256');
  private readonly played = createHash('sha256');
  private firstSeq = 0;
  private lastSeq = 0;
  private blocks = 0;
  private late = 0;
  private packets = 0;

  constructor(private readonly isHeld = false) {}

  take({ block, digest }: Pick<TakenBlock, 'block' | 'digest'>, isLate: boolean): void {
    this.taken.update(digest, 'hex');
    if (this.blocks === 0) this.firstSeq = block.seq;
    this.lastSeq = block.seq;
    this.blocks += 1;
    if (isLate) this.late += 1;
  }

  /** An Opus packet whose samples have left the card. */
  sounded(opus: Uint8Array): void {
    this.packets += 1;
    this.played.update(createHash('sha256').update(opus).digest());
  }

  packetsSounded(): number {
    return this.packets;
  }

  /** May be asked at any time, and again. */
  blocksTaken(): BlocksTaken {
    const { firstSeq, lastSeq, blocks, late } = this;
    const lost = blocks === 0 ? 0 : lastSeq - firstSeq + 1 - blocks;
    return { firstSeq, lastSeq, blocks, late, lost, blocksDigest: digestSchema.parse(this.taken.copy().digest('hex')), ...(this.isHeld ? { held: true } : {}) };
  }

  /** SHA-256 over the SHA-256 of each packet that sounded, in order. */
  playedDigest(): Digest {
    return digestSchema.parse(this.played.copy().digest('hex'));
  }
}
