import { approvalSchema, messageViewSchema, type Approval, type EnvelopeShape, type MessageView, type PolicyStep } from '#libs/contracts';
import { encodePayload } from '#libs/envelope';
import type { Clock } from '../../clock';
import { ApiProblem, type Api } from '../api';
import { signEnvelope } from '../keys';
import type { UsableKey } from './my-step';
import type { SignedMessage } from './signed-message';

export interface Decision {
  readonly decision: Approval['decision'];
  readonly reason: string;
  readonly step: PolicyStep['name'];
  readonly key: UsableKey;
  /** Share of the audio that really played here, thousandths. */
  readonly listenedPermille: number;
}

/** A signature that was made and perhaps handed in: a repetition posts the very same one under the same key, so it counts once. */
export interface Attempt {
  readonly decision: Approval['decision'];
  readonly approval: EnvelopeShape;
  readonly idempotencyKey: string;
}

/** Signs the decision over exactly the digest that was shown. */
export async function makeAttempt({ message, documents }: SignedMessage, { decision, reason, step, key, listenedPermille }: Decision, person: Approval['person'], clock: Clock): Promise<Attempt> {
  const approval: Approval = approvalSchema.parse({
    messageDigest: message.digest, platform: message.value.platform, person, step, decision, reason,
    policyVersion: documents.roster.value.policy.version, displayedDigest: message.digest, listenedPermille, signedAt: Math.trunc(clock.now()),
  });
  return { decision, approval: await signEnvelope(key.held, 'approval', encodePayload(approval)), idempotencyKey: clock.uuid() };
}

export function postAttempt(api: Api, id: string, { approval, idempotencyKey }: Attempt): Promise<MessageView> {
  return api.post(`/api/messages/${id}/approvals`, { approval }, messageViewSchema, idempotencyKey);
}

/** Whether nobody knows if the attempt arrived: then it is posted again as it is, and otherwise signed anew. */
export function isUncertain(cause: unknown): boolean {
  return cause instanceof ApiProblem && (cause.code === 'NETWORK' || cause.code === 'BAD_ANSWER' || cause.status >= 500);
}
