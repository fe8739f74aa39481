import type { Person, PolicyRule, PolicyStep } from '#libs/contracts';
import { isVerifiedSigning } from './policy';

/**
 * Whether these people can bring a message to air under a rule: an author, and for each signature that it asks before air
 * another person in the role and unit of its step, with a key of the kind that it wants.
 */
export function canBeCarried(rule: PolicyRule, persons: readonly Person[]): boolean {
  const all = rule.verification === 'all';
  const seats = rule.steps.filter((step) => !step.mayFollowAir).flatMap((step) => Array.from({ length: step.count }, () => step));
  const signers = persons.filter((person) => (all ? isVerified(person) : person.keys.length > 0));
  return signers.filter((person) => person.roles.includes('author')).some((author) => {
    const others = signers.filter((person) => person !== author);
    if (rule.verification !== 'one') return canSeat(seats, others);
    return others.filter(isVerified).some((first) => seats.some((seat, at) => fits(first, seat) && canSeat(seats.filter((_, other) => other !== at), others.filter((person) => person !== first))));
  });
}

function isVerified({ keys }: Person): boolean {
  return keys.some(({ alg }) => isVerifiedSigning(alg));
}

function fits({ roles, unit }: Person, step: PolicyStep): boolean {
  return roles.includes(step.role) && (step.unit === null || step.unit === unit);
}

/** Whether each seat finds a person of its own: who sits already moves to another seat where that helps. */
function canSeat(seats: readonly PolicyStep[], persons: readonly Person[]): boolean {
  const sitsAt = new Map<Person, number>();
  const place = (at: number, asked: Set<Person>): boolean => persons.some((person) => {
    const seat = seats[at];
    if (seat === undefined || asked.has(person) || !fits(person, seat)) return false;
    asked.add(person);
    const held = sitsAt.get(person);
    if (held !== undefined && !place(held, asked)) return false;
    sitsAt.set(person, at);
    return true;
  });
  return seats.every((_, at) => place(at, new Set()));
}
