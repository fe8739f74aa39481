import type { SealedBlock } from './block-builder';

/** A block older than this is refused by everybody, ms; `judgeBlock` counts it from when it was to be heard, so this is the stricter. */
const KEPT_MS = 10_000;

export interface UntakenBlocks {
  add(block: SealedBlock): void;
  /** The platform has everything up to this one. */
  taken(seq: number): void;
  /**
   * What to send again, in order, when a connection was made anew and asks for blocks from `nextSeq` on. What is too old by
   * `now` (district Unix ms) is let go; what is too late to be heard but not too old is sent, for it belongs to the recording.
   */
  again(nextSeq: number, now: number): readonly SealedBlock[];
}

/** The blocks that were built and are not known to have arrived: at most the newest ten seconds, by their times of capture. */
export function createUntakenBlocks(): UntakenBlocks {
  let kept: readonly SealedBlock[] = [];
  return {
    add: (block) => {
      kept = [...kept.filter(({ capturedAt }) => capturedAt >= block.capturedAt - KEPT_MS), block];
    },
    taken: (seq) => {
      kept = kept.filter((block) => block.seq > seq);
    },
    again: (nextSeq, now) => {
      kept = kept.filter(({ seq, capturedAt }) => seq >= nextSeq && capturedAt >= now - KEPT_MS);
      return kept;
    },
  };
}
