import type { PolicyRule } from '#libs/contracts';
import type { Signed } from '#libs/domain';

/** Who wrote the message, as the policy sees it. */
export interface ModelAuthor { readonly person: Signed['person']; readonly alg: Signed['alg'] }

/**
 * The policy once more, written as a list of conditions over the whole set instead of one signature after the other, so
 * that the two can be held against each other.
 */
export function mayAir(rule: PolicyRule, minimum: number, author: ModelAuthor, given: readonly Signed[]): boolean {
  const on = (name: string): readonly Signed[] => given.filter((signed) => signed.step === name);
  // More persons than asked for may sign the last step before air, by order and then as listed: a restriction or a charter may want them.
  const before = rule.steps.filter((step) => !step.mayFollowAir);
  const highest = Math.max(...before.map((step) => step.order));
  const last = before.filter((step) => step.order === highest).at(-1);
  const isRight = (step: PolicyRule['steps'][number], signatures: number): boolean => (step === last ? signatures >= step.count : signatures === step.count);
  const strong = given.filter((signed) => signed.alg !== 'es256').length;
  const conditions: readonly boolean[] = [
    new Set(given.map((signed) => signed.person)).size === given.length,
    given.every((signed) => signed.person !== author.person),
    given.every((signed) => rule.steps.some((step) =>
      step.name === signed.step && signed.roles.includes(step.role) && (step.unit === null || step.unit === signed.unit))),
    rule.steps.every((step) => step === last || on(step.name).length <= step.count),
    before.every((step) => isRight(step, on(step.name).length)),
    rule.steps.every((later) => on(later.name).length === 0
      || rule.steps.every((earlier) => earlier.order >= later.order || earlier.mayFollowAir || isRight(earlier, on(earlier.name).length))),
    given.length >= minimum,
    rule.verification !== 'one' || strong >= 1,
    rule.verification !== 'all' || (strong === given.length && author.alg !== 'es256'),
  ];
  return conditions.every((condition) => condition);
}

/** Every subset of a list of at most so many members, the empty one included. */
export function subsetsOf<T>(list: readonly T[], atMost: number): readonly (readonly T[])[] {
  return list.reduce<readonly (readonly T[])[]>(
    (found, one) => [...found, ...found.filter((subset) => subset.length < atMost).map((subset) => [...subset, one])],
    [[]],
  );
}

/** Every order of a short list. */
export function ordersOf<T>(list: readonly T[]): readonly (readonly T[])[] {
  if (list.length < 2) return [list];
  return list.flatMap((one, at) => ordersOf([...list.slice(0, at), ...list.slice(at + 1)]).map((rest) => [one, ...rest]));
}
