import type { Approval, Charter, KeyRecord, Message, Person, PersonId, Policy, PolicyRule, PolicyStep, Tier, UnitId } from '#libs/contracts';
import { MODES } from './classes';

/** What a policy asks of one message: facts known when it is submitted. */
export interface PolicyFacts {
  readonly class: Message['class'];
  readonly severity: Message['severity'];
  readonly mode: Message['mode'];
  readonly tier: Tier;
  readonly areas: number;
}

/** What the policy is asked for this message. Each terminal named singly counts as an area, so that a long list cannot slip under a rule. */
export function policyFactsOf(message: Pick<Message, 'class' | 'severity' | 'mode' | 'targets'>, tier: Tier): PolicyFacts {
  const { class: messageClass, severity, mode, targets } = message;
  return { class: messageClass, severity, mode, tier, areas: targets.areas.length + targets.terminals.length };
}

/**
 * The first rule that matches; undefined when the policy is silent, which refuses the message. Whatever it says, what
 * sounds as an emergency has one approval with user verification or from the command line (design 4 "Signing pages").
 */
export function ruleFor(policy: Policy, facts: PolicyFacts): PolicyRule | undefined {
  const found = policy.rules.find((rule) =>
    rule.classes.includes(facts.class)
    && (rule.severities.length === 0 || rule.severities.includes(facts.severity))
    && rule.modes.includes(facts.mode)
    && (rule.tiers.length === 0 || rule.tiers.includes(facts.tier))
    && facts.areas >= rule.minAreas);
  return found?.verification === 'none' && facts.class === 'emergency' && MODES[facts.mode].sounds ? { ...found, verification: 'one' } : found;
}

/** Approvals that a rule asks for before air, without the author. */
export function approvalsBeforeAir(rule: PolicyRule): number {
  return rule.steps.reduce((sum, step) => sum + (step.mayFollowAir ? 0 : step.count), 0);
}

/** A passkey is used with user verification, Ed25519 and SM2 keys from the command line; a browser's software key is neither. */
const VERIFIED_SIGNING: Readonly<Record<KeyRecord['alg'], boolean>> = { ed25519: true, 'sm2-sm3': true, 'webauthn-es256': true, es256: false };

/** Whether a signature was given with user verification or from the command line (design 4, "Signing pages"). */
export function isVerifiedSigning(alg: KeyRecord['alg']): boolean {
  return VERIFIED_SIGNING[alg];
}

/** One signature as the policy sees it; the caller has verified it. */
export interface Signed {
  readonly person: PersonId;
  readonly roles: readonly Person['roles'][number][];
  readonly unit: UnitId;
  readonly alg: KeyRecord['alg'];
  readonly step: Approval['step'];
}

export type ApprovalFault =
  | 'REJ_APPROVAL_STEP' | 'REJ_APPROVAL_MISSING' | 'REJ_APPROVER_IS_AUTHOR' | 'REJ_APPROVER_REPEATED' | 'REJ_APPROVER_ROLE' | 'REJ_VERIFICATION' | 'REJ_POLICY';

/**
 * The step that a person may sign now, or why not. Steps of a lower order come first; one person signs once; the last
 * step before air takes more persons than it asks for.
 */
export function mayJoin(rule: PolicyRule, author: PersonId, given: readonly Signed[], next: Signed): ApprovalFault | undefined {
  return joinFault(raisedFor(rule, [...given, next]), author, given, next);
}

function joinFault(rule: PolicyRule, author: PersonId, given: readonly Signed[], next: Signed): ApprovalFault | undefined {
  if (next.person === author) return 'REJ_APPROVER_IS_AUTHOR';
  if (given.some((signed) => signed.person === next.person)) return 'REJ_APPROVER_REPEATED';
  const step = rule.steps.find((candidate) => candidate.name === next.step);
  if (step === undefined || !isOpen(rule, step, given)) return 'REJ_APPROVAL_STEP';
  if (!next.roles.includes(step.role) || (step.unit !== null && step.unit !== next.unit)) return 'REJ_APPROVER_ROLE';
  return undefined;
}

/**
 * The steps that wait for signatures. Before air also the last one when all are filled and the message still waits: a
 * restriction or a charter's minimum wants more persons. After air those that may follow it.
 */
export function openSteps(rule: PolicyRule, given: readonly Signed[], air: 'before' | 'after'): readonly PolicyStep[] {
  if (air === 'after') return rule.steps.filter((step) => step.mayFollowAir && !isFilled(step, given));
  const open = rule.steps.filter((step) => isOpen(rule, step, given));
  const last = lastBeforeAir(rule);
  return last === undefined || rule.steps.some((step) => !step.mayFollowAir && !isFilled(step, given)) ? open : [...open, last];
}

/** Whether a step waits for signatures now. */
export function isOpen(rule: PolicyRule, step: PolicyStep, given: readonly Signed[]): boolean {
  return !isFilled(step, given) && rule.steps.every((other) => other.order >= step.order || other.mayFollowAir || isFilled(other, given));
}

function isFilled(step: PolicyStep, given: readonly Signed[]): boolean {
  return given.filter((signed) => signed.step === step.name).length >= step.count;
}

/**
 * Whether these signatures carry the message to air: every step before air filled, the last of them by as many persons
 * more as there are and no other step by one too many, by distinct persons, none the author, each in the role and unit of the step, with user verification where the rule wants it, and never fewer than
 * the charter's minimum. Distinct persons are counted, not keys.
 */
export function judgeApprovals(policyRule: PolicyRule, minimum: number, author: { readonly person: PersonId; readonly alg: KeyRecord['alg'] }, given: readonly Signed[]): ApprovalFault | undefined {
  const rule = raisedFor(policyRule, given);
  const seen: Signed[] = [];
  const inOrder = [...given].sort((a, b) => orderOf(rule, a) - orderOf(rule, b));
  for (const signed of inOrder) {
    const fault = joinFault(rule, author.person, seen, signed);
    if (fault !== undefined) return fault;
    seen.push(signed);
  }
  const complete = rule.steps.every((step) => step.mayFollowAir || isFilled(step, seen));
  if (!complete || seen.length < minimum) return 'REJ_APPROVAL_MISSING';
  const verified = seen.filter((signed) => isVerifiedSigning(signed.alg)).length;
  if (rule.verification === 'one' && verified < 1) return 'REJ_VERIFICATION';
  if (rule.verification === 'all' && (verified < seen.length || !isVerifiedSigning(author.alg))) return 'REJ_VERIFICATION';
  return undefined;
}

/**
 * The rule under which these signatures are judged: whoever signs the last step before air beyond its count is no fault.
 * A restriction or a charter's minimum may want more persons than the steps do (design 4).
 */
function raisedFor(rule: PolicyRule, given: readonly Signed[]): PolicyRule {
  const last = lastBeforeAir(rule);
  if (last === undefined || !isFilled(last, given)) return rule;
  const count = given.filter((signed) => signed.step === last.name).length;
  return { ...rule, steps: rule.steps.map((step) => (step === last ? { ...step, count } : step)) };
}

function lastBeforeAir(rule: PolicyRule): PolicyStep | undefined {
  return rule.steps.reduce<PolicyStep | undefined>((found, step) => (!step.mayFollowAir && (found === undefined || step.order >= found.order) ? step : found), undefined);
}

function orderOf(rule: PolicyRule, signed: Signed): number {
  return rule.steps.find((step) => step.name === signed.step)?.order ?? Number.MAX_SAFE_INTEGER;
}

/** The charter's least number of approvals for a class, of its own tier unless another is named; one where it says nothing. */
export function minimumApprovals(charter: Pick<Charter, 'tier' | 'minimumApprovals'>, messageClass: Message['class'], tier: Tier = charter.tier): number {
  return charter.minimumApprovals.find((row) => row.class === messageClass && row.tier === tier)?.approvals ?? 1;
}
