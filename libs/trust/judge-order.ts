import { LIMITS, type Digest, type Dispatch, type KeyId, type Message } from '#libs/contracts';
import { judgeApprovals, messageDurationMs, minimumApprovals, ruleFor, type Stoppable } from '#libs/domain';
import { judgeBacking, widerTargets, type Backing } from './judge-backing';
import { readOrder, type ReadOrder } from './read-order';
import { ok, refuse, type Refused, type Result } from './result';
import { isRevoked, type TrustState } from './trust-state';
import { verifyApproval, type VerifiedApproval } from './verify-approval';
import { takenBackBy } from './verify-consent';
import { policyFactsOf, verifyMessage, type VerifiedMessage } from './verify-message';

/** A dispatch, its message and its approvals that hold together: enough persons signed exactly what is to be played. */
export interface VerifiedOrder extends Backing {
  readonly dispatch: Dispatch;
  /** SHA-256 of the dispatch's payload bytes. */
  readonly dispatchDigest: Digest;
  readonly message: VerifiedMessage;
  /** Of the message; of a correction, of its original. */
  readonly approvals: readonly VerifiedApproval[];
  /** Every key this order stands on: dispatcher first, author, approvers, original's author, stopper. One of them compromised voids it. */
  readonly keyIds: readonly [KeyId, ...KeyId[]];
}

/** Everything about an order that does not depend on the terminal: signatures, persons, policy, windows (design 4). */
export function judgeOrder(state: TrustState, value: unknown, now: number): Result<VerifiedOrder> {
  const order = readOrder(state, value);
  if (!order.ok) return order;
  const { dispatch } = order.value;
  const fault = dispatcherRevoked(state, order.value) ?? earlyFault(dispatch, now);
  if (fault !== undefined) return fault;
  if (now >= dispatch.notAfter) return refuse('REJ_EXPIRED', 'notAfter');
  return judgeContents(state, order.value, now);
}

/** Facts 4b.4 step 8 for the dispatcher's key. */
export function dispatcherRevoked(state: TrustState, order: ReadOrder): Refused | undefined {
  const revoked = isRevoked(state, order.dispatch.platform, order.dispatcherKeyId);
  return revoked === undefined ? undefined : refuse('REJ_KEY_REVOKED', order.dispatcherKeyId);
}

/** Facts 4b.4 step 9: `notBefore - 5 s <= now`, and nothing dated ahead. */
export function earlyFault(dispatch: Dispatch, now: number): Refused | undefined {
  if (now < dispatch.notBefore - LIMITS.earlyMs) return refuse('REJ_NOT_YET', 'notBefore');
  return dispatch.issuedAt > now + LIMITS.earlyMs ? refuse('REJ_NOT_YET', 'issuedAt') : undefined;
}

/**
 * Facts 4b.4 step 10: message and approvals are the ones bound, and carry it; the dispatch stays inside the message. A
 * correction is carried by the approvals of the message that lists it.
 */
export function judgeContents(state: TrustState, order: ReadOrder, now: number): Result<VerifiedOrder> {
  const { dispatch } = order;
  const message = verifyMessage(state, order.message, now);
  if (!message.ok) return message;
  if (message.value.digest !== dispatch.messageDigest) return refuse('REJ_MESSAGE_DIGEST', 'messageDigest');
  if (message.value.message.platform !== dispatch.platform) return refuse('REJ_LINEAGE', 'platform');
  const backing = judgeBacking(state, order, message.value, now);
  if (!backing.ok) return backing;
  const { original, consent } = backing.value;
  const approved = original ?? message.value;
  const approvals: VerifiedApproval[] = [];
  for (const [index, value] of order.approvals.entries()) {
    const approval = verifyApproval(state, value, approved, now);
    if (!approval.ok) return refuse(approval.code, `approvals.${index}${approval.at === undefined ? '' : `.${approval.at}`}`);
    approvals.push(approval.value);
  }
  const fault = bindingFault(dispatch, approvals) ?? policyFault(approved, approvals) ?? exceedingFault(dispatch, message.value.message);
  if (fault !== undefined) return fault;
  const persons = [message.value.author.keyId, ...approvals.map((approval) => approval.keyId), original?.author.keyId, consent?.keyId].filter((keyId) => keyId !== undefined);
  return ok({ dispatch, dispatchDigest: order.dispatchDigest, message: message.value, original, consent, approvals, keyIds: [order.dispatcherKeyId, ...persons] });
}

/** The dispatch names exactly these approvals: sorted, each once, none missing, none extra, all of them consenting. */
function bindingFault(dispatch: Dispatch, approvals: readonly VerifiedApproval[]): Refused | undefined {
  const given = approvals.map((approval) => approval.digest).sort();
  const ascending = dispatch.approvals.every((digest, index) => index === 0 || (dispatch.approvals[index - 1] ?? '') < digest);
  const same = given.length === dispatch.approvals.length && given.every((digest, index) => digest === dispatch.approvals[index]);
  if (!ascending || !same) return refuse('REJ_APPROVAL_DIGEST', 'approvals');
  return approvals.every(({ approval }) => approval.decision === 'approve') ? undefined : refuse('REJ_APPROVAL_DECISION', 'approvals');
}

function policyFault({ message, charter, roster, author }: VerifiedMessage, approvals: readonly VerifiedApproval[]): Refused | undefined {
  const rule = ruleFor(roster.policy, policyFactsOf(message, charter.tier));
  if (rule === undefined) return refuse('REJ_POLICY');
  // A test never sounds, so the charter's minimum for what sounds does not bind it.
  const minimum = message.mode === 'test' ? 1 : minimumApprovals(charter, message.class);
  const fault = judgeApprovals(rule, minimum, { person: author.person.id, alg: author.alg }, approvals.map(({ signed }) => signed));
  return fault === undefined ? undefined : refuse(fault, 'approvals');
}

/** Old approvals cannot be revived (design 4): window, start, targets, duration and repeats never exceed the message's own. */
function exceedingFault(dispatch: Dispatch, message: Message): Refused | undefined {
  if (dispatch.notBefore < message.notBefore || dispatch.notAfter > message.notAfter || dispatch.notBefore >= dispatch.notAfter) return refuse('REJ_WINDOW', 'notAfter');
  if (dispatch.startAt < dispatch.notBefore || dispatch.startAt >= dispatch.notAfter) return refuse('REJ_WINDOW', 'startAt');
  const wider = widerTargets(dispatch.targets, message.targets);
  if (wider !== undefined) return refuse('REJ_TARGETS_EXCEED', wider);
  if (dispatch.maxDurationMs > messageDurationMs(message)) return refuse('REJ_DURATION', 'maxDurationMs');
  return dispatch.repeats > message.repeats ? refuse('REJ_REPEATS', 'repeats') : undefined;
}

/**
 * How a stop sees this order: a message counts from when it was issued, a correction from its consent or, if that is
 * dated later, its dispatch; of a resumption the stops that its consent takes back do not count.
 */
export function stoppableOf({ dispatch, message, original, consent }: VerifiedOrder): Stoppable {
  const saidAt = consent === null ? dispatch.issuedAt : Math.min(consent.consent.signedAt, dispatch.issuedAt);
  return {
    digest: message.digest, tier: message.charter.tier, issuedAt: original === null ? message.message.issuedAt : saidAt,
    takenBack: consent === null ? [] : takenBackBy(consent.consent),
  };
}

/** The key of this order that has been revoked as compromised since: a running item stops within a second (design 4). */
export function voidedBy(state: TrustState, order: VerifiedOrder): KeyId | undefined {
  return order.keyIds.find((keyId) => isRevoked(state, order.dispatch.platform, keyId) === 'compromised');
}
