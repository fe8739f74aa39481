import type { DispatchId } from '#libs/contracts';
import { add, advance, emptyArbiter, remove } from './arbiter';
import type { Item } from './arbiter-item';
import { compareRank } from './arbiter-rank';

/** How a new item meets another one on a loudspeaker (contract `consequence.meets`). */
export interface Meeting {
  readonly other: Item;
  /**
   * `preempts`: the other one is cut off or has to wait; `takes-turns`: repetition by repetition; `waits`: the new one
   * comes after it, or is cut off by it; `replaces`: the other one ends for good.
   */
  readonly how: 'preempts' | 'takes-turns' | 'waits' | 'replaces';
}

/**
 * Whom a new item meets on a loudspeaker that has all of these, from `at` on: those that are not through when it is
 * under way. `ends` names those that it ends as soon as it comes: what it replaces or corrects. Others are left out.
 */
export function meets(candidate: Item, others: readonly Item[], at: number, ends: readonly DispatchId[] = []): readonly Meeting[] {
  const ended = new Set(ends);
  const began = Math.min(at, candidate.startAt, ...others.map(({ startAt }) => startAt));
  const alone = advance(others.reduce((arbiter, item) => add(arbiter, item), emptyArbiter(began)), at);
  const open = new Set(alone.arbiter.standings.map(({ item }) => item.claim.dispatchId));
  const together = add(ends.reduce(remove, alone.arbiter), candidate);
  const closedAt = new Map(advance(together, Infinity).changes.flatMap((change) => (change.kind === 'closed' ? [[change.dispatchId, change.at] as const] : [])));
  const endOf = ({ claim }: Item): number => closedAt.get(claim.dispatchId) ?? at;
  return others.filter(({ claim }) => open.has(claim.dispatchId)).flatMap((other): readonly Meeting[] => {
    if (ended.has(other.claim.dispatchId)) return [{ other, how: 'replaces' }];
    const apart = endOf(other) <= candidate.startAt || endOf(candidate) <= other.startAt;
    return apart ? [] : [{ other, how: howRanked(candidate, other) }];
  });
}

function howRanked(candidate: Item, other: Item): Meeting['how'] {
  const rank = compareRank(candidate.claim, other.claim);
  return rank > 0 ? 'preempts' : rank === 0 ? 'takes-turns' : 'waits';
}
