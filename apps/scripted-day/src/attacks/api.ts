import { messageViewSchema, type Draft, type MessageDetail } from '#libs/contracts';
import { encodePayload } from '#libs/envelope';
import type { Signer } from '#libs/suites';
import { CliError, detailOf, draft, readMessageEnvelope, signApproval, signPayload, submitSigned } from '../../../cli/src';
import type { Actor } from '../actor';

/** One attempt through the API and what came of it: the code of the refusal, or ACCEPTED. */
export interface ApiAttempt { readonly name: string; readonly code: string; readonly expected: readonly string[] }

/** What a request was refused with; ACCEPTED when it went through. */
export async function codeOf(attempt: () => Promise<unknown>): Promise<string> {
  try {
    await attempt();
    return 'ACCEPTED';
  } catch (error) {
    return error instanceof CliError ? error.code : `UNEXPECTED ${error instanceof Error ? error.message : String(error)}`;
  }
}

export interface ApiScene {
  readonly author: Actor;
  readonly approver: Actor;
  readonly villageHead: Actor;
  readonly villageClerk: Actor;
  readonly attacker: Signer;
  /** A harmless notice in the author's own unit. */
  readonly wanted: Draft;
}

/** Attacks by people with a session, on a message that waits for its signatures. Nothing of it may ever sound. */
export async function apiAttacks(scene: ApiScene): Promise<readonly ApiAttempt[]> {
  const { author, approver, villageHead, attacker } = scene;
  const drafted = await draft(author.context, scene.wanted);
  const { read } = drafted;
  const attempts: ApiAttempt[] = [];
  const attempt = async (name: string, expected: readonly string[], act: () => Promise<unknown>): Promise<void> => {
    attempts.push({ name, code: await codeOf(act), expected });
  };
  await attempt('submit signed by a key that nobody knows', ['REJ_KEY_UNKNOWN'], () => submitSigned(author.context, drafted, attacker, false));
  await attempt('submit signed by an approver in the author\'s name', ['REJ_AUTHOR'], () => submitSigned(author.context, drafted, approver.signer, false));
  await attempt('submit by a village in the district\'s name', ['REJ_KEY_UNKNOWN', 'REJ_AUTHOR', 'FORBIDDEN', 'NOT_FOUND', 'MESSAGE_FOREIGN', 'PERMISSION_DENIED'], () => submitSigned(villageHead.context, drafted, villageHead.signer, false));
  await attempt('submit with bytes changed after signing', ['REJ_SIGNATURE'], async () => {
    const message = await signPayload('message', read.payload, author.signer);
    const changed = encodePayload({ ...read.message, repeats: read.message.repeats + 1 });
    return author.context.api.post('/api/messages', messageViewSchema, { message: { ...message, payload: Buffer.from(changed).toString('base64') }, hold: false });
  });
  const view = await submitSigned(author.context, drafted, author.signer, false);
  const detail = await detailOf(author.context, view.id);
  const sign = (by: Actor, person: string, signer: Signer, of: MessageDetail = detail): Promise<unknown> => postApproval(by, of, person, signer);
  await attempt('the author approves', ['REJ_APPROVER_IS_AUTHOR', 'PERMISSION_DENIED', 'FORBIDDEN'], () => sign(author, author.person, author.signer));
  await attempt('an approval signed by a key that nobody knows', ['REJ_KEY_UNKNOWN'], () => sign(approver, approver.person, attacker));
  await attempt('an approver of another platform', ['REJ_KEY_UNKNOWN', 'NOT_FOUND', 'MESSAGE_UNKNOWN', 'FORBIDDEN', 'REJ_LINEAGE'], () => sign(villageHead, villageHead.person, villageHead.signer));
  await attempt('a session without any key', ['REJ_KEY_UNKNOWN', 'REJ_APPROVER_ROLE', 'REJ_SIGNATURE', 'REJ_KEY_USAGE'], () => sign(approver, approver.person, villageHead.signer));
  await author.context.api.post(`/api/messages/${view.id}/withdraw`, messageViewSchema, { reason: 'attack rehearsal' });
  await attempt('an approval after the withdrawal', ['STATE_CONFLICT'], () => sign(approver, approver.person, approver.signer));
  return attempts;
}

/** One honest approval, as the command line gives it. */
export async function postApproval(by: Actor, detail: MessageDetail, person: string, signer: Signer): Promise<unknown> {
  const read = readMessageEnvelope(detail.envelope);
  const step = detail.steps.find((candidate) => candidate.open)?.name ?? 'issue';
  const approval = await signApproval(read, {
    person, step, decision: 'approve', reason: '', policyVersion: detail.policyVersion, listenedPermille: 1000, signedAt: by.context.clock.now(),
  }, signer);
  return by.context.api.post(`/api/messages/${detail.id}/approvals`, messageViewSchema, { approval });
}
