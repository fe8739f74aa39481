import type { LiveBody } from '#libs/contracts';
import { fromBase64 } from '#libs/envelope';
import { sha256, sha256Hex } from '#libs/suites';
import { judgeBlock, type BlockBefore, type LiveGrant, type TakenBlock } from '#libs/trust';

/** The shape of tests/vectors/live-blocks.json. */
export interface LiveVectors {
  readonly made: string;
  /** What of a dispatched message a terminal judges blocks by; the stream is the first 32 digits of the digest. */
  readonly grants: Readonly<Record<string, { readonly messageDigest: string; readonly startAt: number; readonly live: LiveBody }>>;
  readonly cases: readonly LiveCase[];
}
/** A terminal that hears a voice from the beginning, block by block. */
export interface LiveCase {
  readonly name: string;
  readonly grant: string;
  readonly steps: readonly (LiveStep & LiveVerdict)[];
  readonly evidence: LiveEvidence;
}
export interface LiveStep {
  readonly why: string;
  /** District time at which the block comes. */
  readonly now: number;
  readonly block: string;
}
/** `taken`, and when its first sample is heard; or the code. */
export interface LiveVerdict { readonly expect: string; readonly heardAt?: number }
/** What the receipt's `live` says behind the last step, and `playedDigest` where every packet taken sounded. */
export interface LiveEvidence {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly blocks: number;
  readonly lost: number;
  readonly blocksDigest: string;
  readonly packetsDigest: string;
}

/** What a terminal does with the blocks of a case: `judgeBlock`, and nothing behind the end. */
export function takenOf(grant: LiveGrant, steps: readonly LiveStep[]): { readonly verdicts: readonly (TakenBlock | string)[]; readonly evidence: LiveEvidence } {
  let before: BlockBefore | null = null;
  let ended = false;
  const taken: TakenBlock[] = [];
  const verdicts = steps.map(({ now, block }) => {
    if (ended) return 'REJ_STREAM';
    const judged = judgeBlock(grant, before, fromBase64(block) ?? new Uint8Array(), now);
    if (!judged.ok) return judged.code;
    taken.push(judged.value);
    ({ before } = judged.value);
    ended = judged.value.block.end;
    return judged.value;
  });
  const [firstSeq = 0, lastSeq = 0] = [taken[0]?.block.seq, taken.at(-1)?.block.seq];
  return {
    verdicts,
    evidence: {
      firstSeq, lastSeq, blocks: taken.length, lost: taken.length === 0 ? 0 : lastSeq - firstSeq + 1 - taken.length,
      blocksDigest: sha256Hex(...taken.map(({ digest }) => Buffer.from(digest, 'hex'))),
      packetsDigest: sha256Hex(...taken.flatMap(({ block }) => block.packets.map((packet) => sha256(packet)))),
    },
  };
}

export function givesOf(verdict: TakenBlock | string | undefined): LiveVerdict {
  if (verdict === undefined || typeof verdict === 'string') return { expect: verdict ?? '' };
  return { expect: 'taken', heardAt: verdict.heardAt };
}
