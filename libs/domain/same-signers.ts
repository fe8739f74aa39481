/** A paper that must be signed anew: how near its end is, and by how many of whom. */
export interface WaitingPaper {
  readonly stage: string;
  readonly threshold: number;
  readonly signers: readonly string[];
}

/** At least one paper, all for the same people. */
export type PapersTogether<P> = readonly [P, ...P[]];

/** Papers that wait at one stage for the same people, together, in the order in which they came. `apart`: what else keeps them apart. */
export function bySigners<P extends WaitingPaper>(papers: readonly P[], apart: (paper: P) => string): readonly PapersTogether<P>[] {
  const groups = new Map<string, PapersTogether<P>>();
  for (const paper of papers) {
    const key = JSON.stringify([paper.stage, paper.threshold, paper.signers, apart(paper)]);
    const [first, ...others] = groups.get(key) ?? [];
    groups.set(key, first === undefined ? [paper] : [first, ...others, paper]);
  }
  return [...groups.values()];
}
