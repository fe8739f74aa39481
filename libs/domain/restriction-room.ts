import { LIMITS } from '#libs/contracts';
import type { Restriction } from './restrictions';

/**
 * A newcomer beside what is kept: of one kind, platform and area at most `LIMITS.restrictionsKept`, so that a stolen
 * dispatcher fills no memory. Where there are more, what another covers goes first, the newcomer included, and nothing
 * is narrowed less for it; where that is not enough the weakest are `refused`, which has to be told. So whoever fills the
 * room with weak ones keeps no strong one out. What has ended takes no room.
 */
export function withRestriction<T extends Restriction>(kept: readonly T[], newcomer: T, now: number): { readonly kept: readonly T[]; readonly refused: readonly T[] } {
  const alike = [...kept.filter((one) => one.notAfter > now && isAlike(one, newcomer)), newcomer];
  if (alike.length <= LIMITS.restrictionsKept) return { kept: [...kept, newcomer], refused: [] };
  const uncovered = alike.filter((one, place) => !alike.some((other, otherPlace) =>
    place !== otherPlace && covers(other, one, now) && (otherPlace < place || !covers(one, other, now))));
  const strongest = [...uncovered].sort((a, b) => byStrength(a, b, now));
  const staying = new Set(strongest.slice(0, LIMITS.restrictionsKept));
  return { kept: [...kept.filter((one) => !alike.includes(one) || staying.has(one)), ...(staying.has(newcomer) ? [newcomer] : [])], refused: strongest.slice(LIMITS.restrictionsKept) };
}

/** Whether one more needs nobody else's room: what a platform asks before it places one. */
export function hasRoomFor(restriction: Restriction, kept: readonly Restriction[]): boolean {
  return kept.filter((one) => isAlike(one, restriction)).length < LIMITS.restrictionsKept;
}

function isAlike(a: Restriction, b: Restriction): boolean {
  return a.platform === b.platform && a.area === b.area && a.kind === b.kind && a.tier === b.tier;
}

/** Whether from now on `one` narrows nothing that `other` does not: fewer classes, no more approvals, no earlier, no longer. */
function covers(other: Restriction, one: Restriction, now: number): boolean {
  return one.classes.every((kept) => other.classes.includes(kept)) && asks(other) >= asks(one)
    && other.notBefore <= Math.max(one.notBefore, now) && other.notAfter >= one.notAfter;
}

/** The strongest first: by what it asks for, then how many classes, how soon it begins, how long it lasts. */
function byStrength(a: Restriction, b: Restriction, now: number): number {
  const [strictest, widest, soonest, longest] = [asks(b) - asks(a), b.classes.length - a.classes.length, Math.max(a.notBefore, now) - Math.max(b.notBefore, now), b.notAfter - a.notAfter];
  return strictest || widest || soonest || longest;
}

function asks({ approvals }: Restriction): number {
  return approvals ?? LIMITS.approvals + 1;
}
