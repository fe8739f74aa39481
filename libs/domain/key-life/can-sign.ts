import type { CanSign, Charter, KeyRecord, MessageClass, Person, PolicyRule, PolicyStep, Roster, Severity } from '#libs/contracts';
import { CLASSES } from '../classes';
import { canFill, fits, type Able } from '../enough-people';
import { approvalsBeforeAir, isVerifiedSigning, minimumApprovals, ruleFor } from '../policy';

/** What is known of a key besides the roster: revoked anywhere in the lineage, or not shown for too long. */
export type KeyUsability = 'usable' | 'revoked' | 'stale';

export interface SigningFacts {
  readonly charter: Charter;
  readonly roster: Roster;
  readonly usability: (key: KeyRecord) => KeyUsability;
}

export type SigningCase = CanSign['cases'][number];
type PersonNow = CanSign['persons'][number];
export interface SigningNow {
  readonly enough: boolean;
  readonly persons: readonly PersonNow[];
  readonly cases: readonly SigningCase[];
}

/**
 * For each kind of message that a platform may originate, how many of its approvers could sign now, and whether that is
 * enough for its policy: distinct persons for every step before air, an author besides them, user verification where the
 * policy wants it. Of actual messages for one area; what a policy refuses is no shortage.
 */
export function canSignNow({ charter, roster, usability }: SigningFacts): SigningNow {
  const persons = roster.persons.map((person): PersonNow & { readonly verified: boolean } => {
    const usable = person.keys.filter((key) => usability(key) === 'usable');
    return { person: person.id, roles: person.roles, able: usable.length > 0, why: usable.length > 0 ? null : whyNot(person.keys, usability), verified: usable.some(({ alg }) => isVerifiedSigning(alg)) };
  });
  const able = roster.persons.flatMap((person): readonly Able[] => {
    const now = persons.find((one) => one.person === person.id);
    return now?.able === true ? [{ person, verified: now.verified }] : [];
  });
  const cases = casesOf(charter, roster).map(({ rule, needs, classes, severities }) => judgeCase(roster, able, { rule, needs, classes, severities }));
  return { enough: cases.every((one) => one.enough), persons: persons.map(({ person, roles, able: can, why }) => ({ person, roles, able: can, why })), cases };
}

function whyNot(keys: readonly KeyRecord[], usability: SigningFacts['usability']): 'no-key' | 'revoked' | 'stale' {
  if (keys.length === 0) return 'no-key';
  return keys.every((key) => usability(key) === 'revoked') ? 'revoked' : 'stale';
}

export interface SigningAsked { readonly rule: PolicyRule; readonly needs: number; readonly classes: readonly MessageClass[]; readonly severities: readonly Severity[] }

/** What the policy asks of the messages that a platform may originate, each distinct answer once with everything that it holds for. */
export function casesOf(charter: Charter, { policy }: Pick<Roster, 'policy'>): readonly SigningAsked[] {
  const found = new Map<string, SigningAsked & { readonly classes: MessageClass[]; readonly severities: Severity[] }>();
  if (!charter.ceilings.modes.includes('actual')) return [];
  for (const kind of charter.ceilings.classes.filter((one) => CLASSES[one].originTiers.includes(charter.tier))) {
    for (const severity of charter.ceilings.severities) {
      const rule = ruleFor(policy, { class: kind, severity, mode: 'actual', tier: charter.tier, areas: 1 });
      if (rule === undefined) continue;
      const needs = Math.max(approvalsBeforeAir(rule), minimumApprovals(charter, kind));
      // By what it says: a rule that is raised for emergencies is a copy.
      const name = JSON.stringify([rule, needs]);
      const known = found.get(name) ?? { rule, needs, classes: [], severities: [] };
      if (!known.classes.includes(kind)) known.classes.push(kind);
      if (!known.severities.includes(severity)) known.severities.push(severity);
      found.set(name, known);
    }
  }
  return [...found.values()];
}

function judgeCase(roster: Roster, able: readonly Able[], { rule, needs, classes, severities }: SigningAsked): SigningCase {
  const slots = slotsOf(rule, needs);
  const signs = (person: Person): boolean => slots.some((step) => fits(person, step));
  const approvers = able.filter(({ person }) => signs(person));
  const authors = able.filter(({ person, verified }) => person.roles.includes('author') && (rule.verification !== 'all' || verified));
  const without = (author: Able | undefined): readonly Able[] => approvers.filter((one) => one !== author);
  const lacks = !canFill(slots, approvers, 'none') ? 'approvers'
    : !canFill(slots, approvers, rule.verification) ? 'verified'
      : authors.some((author) => canFill(slots, without(author), rule.verification)) ? null
        : 'author';
  return { classes: [...classes], severities: [...severities], able: approvers.length, of: roster.persons.filter(signs).length, needs, verification: rule.verification, enough: lacks === null, lacks };
}

/** A place for each signature before air; a charter's minimum adds places to the last step. */
function slotsOf(rule: PolicyRule, needs: number): readonly PolicyStep[] {
  const steps = rule.steps.filter((step) => !step.mayFollowAir).sort((a, b) => a.order - b.order);
  const slots = steps.flatMap((step) => Array.from({ length: step.count }, () => step));
  const last = steps.at(-1) ?? rule.steps.at(-1);
  return last === undefined ? slots : [...slots, ...Array.from({ length: Math.max(0, needs - slots.length) }, () => last)];
}
