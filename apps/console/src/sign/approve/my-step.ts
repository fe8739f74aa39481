import type { KeyRecord, Person, PersonId, PolicyStep, Roster } from '#libs/contracts';
import { isVerifiedSigning, mayJoin, openSteps, type Signed } from '#libs/domain';
import type { HeldKey } from '../keys';
import type { SignedMessage } from './signed-message';

/** A key of this browser that the signed roster knows as this person's. */
export interface UsableKey {
  readonly held: HeldKey;
  readonly record: KeyRecord;
  /** Asks its owner at every signature: what an emergency needs at least once. */
  readonly verifies: boolean;
}

export type MyPart =
  /** The steps that I may sign now, the first open one first, with these keys, those that verify their owner first. */
  | { readonly kind: 'open'; readonly person: Person; readonly steps: readonly PolicyStep[]; readonly keys: readonly UsableKey[] }
  | { readonly kind: 'none'; readonly why: 'not-in-roster' | 'no-key' | 'is-author' | 'has-signed' | 'not-my-step' | 'not-waiting' };

/** What this person may sign of this message, by the signed roster and the approvals' own bytes; the platform's word has no part in it but the message's state. */
export function myPart({ message, documents, rule, given, told }: Pick<SignedMessage, 'message' | 'documents' | 'rule' | 'given' | 'told'>, me: PersonId, held: readonly HeldKey[]): MyPart {
  const roster = documents.roster.value;
  const person = roster.persons.find(({ id }) => id === me);
  if (person === undefined) return { kind: 'none', why: 'not-in-roster' };
  if (me === message.value.author) return { kind: 'none', why: 'is-author' };
  if (given.some((signed) => signed.person === me)) return { kind: 'none', why: 'has-signed' };
  const isWaiting = told.state === 'submitted';
  if (!isWaiting && !['dispatched', 'completed', 'stopped'].includes(told.state)) return { kind: 'none', why: 'not-waiting' };
  const signed: readonly Signed[] = given.filter(({ approval }) => approval.decision === 'approve');
  const candidates = isWaiting ? rule.steps.filter(({ mayFollowAir }) => !mayFollowAir) : openSteps(rule, signed, 'after');
  const steps = candidates.filter((step) => {
    const next: Signed = { person: me, roles: person.roles, unit: person.unit, alg: 'es256', step: step.name };
    return isWaiting ? mayJoin(rule, message.value.author, signed, next) === undefined : person.roles.includes(step.role) && (step.unit === null || step.unit === person.unit);
  });
  if (steps.length === 0) return { kind: 'none', why: isWaiting ? 'not-my-step' : 'not-waiting' };
  const keys = usableKeys(person, roster, held);
  return keys.length === 0 ? { kind: 'none', why: 'no-key' } : { kind: 'open', person, steps, keys };
}

/** Keys of this browser that stand in the signed roster under this person's name, those that verify their owner first. */
export function usableKeys(person: Person, { revocations }: Roster, held: readonly HeldKey[]): readonly UsableKey[] {
  const known = new Set(person.keys.map(({ keyId }) => keyId).filter((keyId) => !revocations.some((entry) => entry.keyId === keyId)));
  return held.filter(({ record }) => known.has(record.keyId))
    .map((one) => ({ held: one, record: one.record, verifies: isVerifiedSigning(one.record.alg) }))
    .sort((a, b) => Number(b.verifies) - Number(a.verifies));
}
