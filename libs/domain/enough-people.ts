import type { Person, PolicyRule, PolicyStep } from '#libs/contracts';
import { isVerifiedSigning } from './policy';

/** Somebody who could sign, and whether with user verification or from the command line. */
export interface Able { readonly person: Person; readonly verified: boolean }

/**
 * Whether these people can bring a message to air under a rule: an author, and for each signature that it asks before air
 * another person in the role and unit of its step, with a key of the kind that it wants.
 */
export function canBeCarried(rule: PolicyRule, persons: readonly Person[]): boolean {
  const slots = rule.steps.filter((step) => !step.mayFollowAir).flatMap((step) => Array.from({ length: step.count }, () => step));
  const able = persons.filter(({ keys }) => keys.length > 0).map((person): Able => ({ person, verified: person.keys.some(({ alg }) => isVerifiedSigning(alg)) }));
  return able
    .filter(({ person, verified }) => person.roles.includes('author') && (rule.verification !== 'all' || verified))
    .some((author) => canFill(slots, able.filter((one) => one !== author), rule.verification));
}

export function fits(person: Person, { role, unit }: PolicyStep): boolean {
  return person.roles.includes(role) && (unit === null || unit === person.unit);
}

/** Whether distinct people can be found for every place, and of whom as many as wanted sign with user verification. */
export function canFill(slots: readonly PolicyStep[], people: readonly Able[], verification: PolicyRule['verification']): boolean {
  if (verification === 'all') return matches(slots, people.filter(({ verified }) => verified));
  if (verification === 'none') return matches(slots, people);
  return people.some((one) => one.verified && slots.some((slot, at) => fits(one.person, slot)
    && matches(slots.filter((_, other) => other !== at), people.filter((other) => other !== one))));
}

/** Kuhn's matching: each place takes somebody, asking whoever sits there to find another one. */
function matches(slots: readonly PolicyStep[], people: readonly Able[]): boolean {
  const seatOf = new Map<Able, number>();
  const seat = (at: number, asked: Set<Able>): boolean => people.some((one) => {
    const slot = slots[at];
    if (slot === undefined || asked.has(one) || !fits(one.person, slot)) return false;
    asked.add(one);
    const taken = seatOf.get(one);
    if (taken !== undefined && !seat(taken, asked)) return false;
    seatOf.set(one, at);
    return true;
  });
  return slots.every((_, at) => seat(at, new Set()));
}
