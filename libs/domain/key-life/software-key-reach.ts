import type { Charter, MessageClass, Person, PolicyRule, Roster, Severity } from '#libs/contracts';
import { fits } from '../enough-people';
import { isVerifiedSigning } from '../policy';
import { casesOf } from './can-sign';

/**
 * What a key that asks nobody for a finger does for one kind of message: it `signs`; it signs `beside` somebody else's
 * signature with user verification or from the command line; or it signs in vain, for all of them must be `verified`.
 */
export type SoftwareKeyUse = 'signs' | 'beside' | 'verified';

/** Kinds of message of a person's platform, the parts that are theirs in them, and what a software key does there. */
export interface SoftwareKeyReach {
  readonly use: SoftwareKeyUse;
  readonly writes: boolean;
  /** Names of steps before air. */
  readonly steps: readonly string[];
  readonly classes: readonly MessageClass[];
  readonly severities: readonly Severity[];
}

/**
 * What a person could sign with a software key by the signed policy, told before they choose a kind of key: a village's
 * clerk who has nothing else keeps notices and loses the village's warnings. Empty for whoever writes and approves nothing.
 * The same cases as `canSignNow`, judged as `judgeApprovals` will.
 */
export function softwareKeyReach(charter: Charter, roster: Roster, person: Person): readonly SoftwareKeyReach[] {
  return casesOf(charter, roster).flatMap(({ rule, classes, severities }) => {
    const writes = person.roles.includes('author');
    const steps = rule.steps.filter((step) => !step.mayFollowAir && fits(person, step)).map(({ name }) => name);
    return writes || steps.length > 0 ? [{ use: useOf(rule, steps.length > 0), writes, steps, classes, severities }] : [];
  });
}

function useOf({ verification }: PolicyRule, approves: boolean): SoftwareKeyUse {
  if (isVerifiedSigning('es256') || verification === 'none') return 'signs';
  if (verification === 'all') return 'verified';
  return approves ? 'beside' : 'signs';
}
