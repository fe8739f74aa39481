import { GATEWAY_LIMITS } from '../limits';

interface KeptBlock {
  readonly seq: number;
  /** Monotonic ms. */
  readonly arrivedAt: number;
  readonly frame: Buffer;
}

/** The newest blocks of one stream as the frames that went out, in order: for newcomers, and to know how long one lay unread. */
export class BlockRing {
  private readonly blocks: KeptBlock[] = [];

  /** The number of the newest block there ever was; 0 before the first. */
  get newestSeq(): number {
    return this.blocks.at(-1)?.seq ?? 0;
  }

  add(block: KeptBlock): void {
    this.blocks.push(block);
    const oldest = block.arrivedAt - GATEWAY_LIMITS.liveCutMs - GATEWAY_LIMITS.liveBehindMs;
    while (this.blocks.length > GATEWAY_LIMITS.liveBlocksKept || (this.blocks[0]?.arrivedAt ?? oldest) < oldest) this.blocks.shift();
  }

  /** Blocks above `seq` that arrived at `since` or later. */
  after(seq: number, since: number): readonly KeptBlock[] {
    return this.blocks.filter((block) => block.seq > seq && block.arrivedAt >= since);
  }

  /** When the first block above `seq` arrived, of those still known. */
  firstAfter(seq: number): number | undefined {
    return this.blocks.find((block) => block.seq > seq)?.arrivedAt;
  }
}
