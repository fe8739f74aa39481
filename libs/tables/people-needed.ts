import { classSchema, severitySchema, type Policy, type Role, type Tier } from '#libs/contracts';
import { approvalsBeforeAir, CLASSES, ruleFor } from '#libs/domain';
import type { PersonDraft } from './read-people';
import type { PlatformDraft } from './read-platforms';
import { ROLE_WORDS } from './words';

/** Charters and rosters are signed by two officers (design 4). */
export const OFFICERS = 2;

interface Missing extends Readonly<Record<string, string | number>> {
  readonly role: string;
  readonly word: Role;
  readonly needs: number;
  readonly has: number;
  readonly why: string;
  readonly reason: string;
}

/** The most approvals that the policy asks of a message of this tier for its own area, the author not counted. */
export function approvalsNeeded(policy: Policy, tier: Tier): number {
  const rules = classSchema.options.filter((one) => CLASSES[one].originTiers.includes(tier)).flatMap((messageClass) =>
    severitySchema.options.flatMap((severity) => ruleFor(policy, { class: messageClass, severity, mode: 'actual', tier, areas: 1 }) ?? []));
  return Math.max(1, ...rules.map(approvalsBeforeAir));
}

/**
 * Which roles a platform is short of: somebody who writes, enough others who sign, somebody who stops, and two officers
 * (a village without its own has its parent's).
 */
export function peopleMissing(platform: PlatformDraft, own: readonly PersonDraft[], policy: Policy): readonly Missing[] {
  const { tier } = platform;
  if (tier === undefined) return [];
  const having = (role: Role): readonly PersonDraft[] => own.filter((person) => person.roles?.includes(role) === true);
  const missing: Missing[] = [];
  const want = (word: Role, needs: number, has: number, why: string, reason: string): void => {
    if (has < needs) missing.push({ role: ROLE_WORDS[word][0], word, needs, has, why, reason });
  };
  const authors = having('author');
  const approvers = having('approver');
  const needs = approvalsNeeded(policy, tier);
  want('author', 1, authors.length, '撰写播发单', 'to write messages');
  // The author of a message never approves it: with one author alone, that one is no approver of theirs.
  const free = authors.length === 0 ? approvers.length : Math.max(...authors.map((author) => approvers.filter((approver) => approver !== author).length));
  want('approver', needs, free, '制播员本人不能签发', 'besides the author');
  want('stopper', 1, new Set([...having('stopper'), ...having('duty')]).size, '随时可以停播', 'to stop at any time');
  const officers = having('officer');
  const lent = officers.length === 0 && tier === 'village' && platform.parent !== null && platform.parent !== undefined;
  if (!lent) want('officer', OFFICERS, officers.length, '授权证和权责清单由两人签署', 'charters and rosters are signed by two');
  return missing;
}
