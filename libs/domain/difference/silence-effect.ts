import { classSchema, severitySchema, tierSchema, type Roster, type Tier } from '#libs/contracts';
import { canBeCarried } from '../enough-people';
import { ruleFor, type PolicyFacts } from '../policy';
import type { Difference } from './field';
import { areaSteps, casesEn, casesZh, DIMENSIONS, merged, type Cases } from './policy-effect';

/**
 * Kinds of message that somebody could bring to air before and nobody can any more: the last approver left, a key was
 * taken away, a step asks for more people than there are, a rule is gone. A slip of the hand must not silence a village.
 * `tiers`: the platform's own; where only its charter would tell, all of them, and what it could still say as one of these is not marked.
 */
export function silenceEffect(before: Roster, after: Roster, tiers: readonly Tier[]): readonly Difference[] {
  const steps = areaSteps(before.policy, after.policy);
  const found: Cases[] = [];
  for (const kind of classSchema.options) for (const severity of severitySchema.options) for (const areas of steps) {
    const can = (roster: Roster): boolean => tiers.some((tier) => canSay(roster, { class: kind, severity, mode: 'actual', tier, areas }));
    if (can(before) && !can(after)) found.push({ classes: [kind], modes: ['actual', 'drill'], tiers: tierSchema.options, severities: [severity], areas: [areas] });
  }
  return DIMENSIONS.reduce<readonly Cases[]>(merged, found).map((one) => ({
    field: JSON.stringify(before.policy) === JSON.stringify(after.policy) ? 'persons.silence' : 'policy.silence', weakens: true,
    zh: `${casesZh(one, steps)}：人员不足，以后无人能够播出`, en: `${casesEn(one, steps)}: NOBODY CAN BRING IT TO AIR any more, for want of people who may sign`,
  }));
}

function canSay({ policy, persons }: Roster, facts: PolicyFacts): boolean {
  const rule = ruleFor(policy, facts);
  return rule !== undefined && canBeCarried(rule, persons);
}
