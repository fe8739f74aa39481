import { approvalSchema, LIMITS, type Approval, type Digest, type KeyId, type PolicyStep } from '#libs/contracts';
import { ruleFor, type Signed } from '#libs/domain';
import { attestOne, holderAt } from './attest';
import { openEnvelope, payloadReader } from './open-envelope';
import { ok, refuse, type Refused, type Result } from './result';
import type { TrustState } from './trust-state';
import { policyFactsOf, type VerifiedMessage } from './verify-message';

const readApproval = payloadReader(approvalSchema);

/** One person's genuine signature for one step over exactly this message. Whether it suffices is `judgeApprovals`. */
export interface VerifiedApproval {
  readonly approval: Approval;
  /** SHA-256 of the payload bytes, as a dispatch names it. */
  readonly digest: Digest;
  readonly keyId: KeyId;
  readonly signed: Signed;
}

export type OwedStep = Pick<PolicyStep, 'name' | 'role' | 'unit'>;

/**
 * Facts 4b.4 step 10, second half, for one approval: the person signed this digest, was shown this digest, under the
 * policy in force, for a step of it that the person may sign, not before the message existed and not in the future. An
 * approval has no upper age: the message's window ends it. A `return` is as genuine as an `approve`. `owed`: of a message
 * that went on the air before all had signed, the steps as its policy had them then, whatever the policy says now.
 */
export function verifyApproval(state: TrustState, value: unknown, message: VerifiedMessage, now: number, owed?: readonly OwedStep[]): Result<VerifiedApproval> {
  const opened = openEnvelope(value, 'approval', state.cache);
  if (!opened.ok) return opened;
  const signers = attestOne(state, opened.value, 'person');
  if (!signers.ok) return signers;
  const parsed = readApproval(opened.value, state.cache);
  if (!parsed.ok) return parsed;
  const approval = parsed.value;
  if (approval.platform !== message.message.platform) return refuse('REJ_LINEAGE', 'platform');
  const signer = holderAt(state, signers.value, approval.platform);
  if (!signer.ok) return signer;
  const { person, key } = signer.value;
  if (person.id !== approval.person) return refuse('REJ_APPROVER_ROLE', 'person');
  if (approval.messageDigest !== message.digest) return refuse('REJ_APPROVAL_DIGEST', 'messageDigest');
  if (approval.displayedDigest !== approval.messageDigest) return refuse('REJ_DISPLAYED', 'displayedDigest');
  const untimely = timeFault(approval, message, now);
  if (untimely !== undefined) return untimely;
  if (approval.policyVersion !== message.roster.policy.version) return refuse('REJ_POLICY_VERSION', 'policyVersion');
  if (person.id === message.author.person.id) return refuse('REJ_APPROVER_IS_AUTHOR', 'person');
  const steps = owed ?? ruleFor(message.roster.policy, policyFactsOf(message.message, message.charter.tier))?.steps;
  if (steps === undefined) return refuse('REJ_POLICY');
  const step = steps.find((candidate) => candidate.name === approval.step);
  if (step === undefined) return refuse('REJ_APPROVAL_STEP', 'step');
  if (!person.roles.includes(step.role) || (step.unit !== null && step.unit !== person.unit)) return refuse('REJ_APPROVER_ROLE', 'step');
  const signed: Signed = { person: person.id, roles: person.roles, unit: person.unit, alg: key.alg, step: approval.step };
  return ok({ approval, digest: opened.value.digest, keyId: key.keyId, signed });
}

/** A person signs after the message was written and not in the future, by a clock of their own (LIMITS.signerClockMs). */
function timeFault({ signedAt }: Approval, { message }: VerifiedMessage, now: number): Refused | undefined {
  if (signedAt < message.issuedAt - LIMITS.signerClockMs) return refuse('REJ_WINDOW', 'signedAt');
  return signedAt > now + LIMITS.signerClockMs ? refuse('REJ_NOT_YET', 'signedAt') : undefined;
}
