import { LIMITS, type Digest, type Dispatch, type KeyId, type Message } from '#libs/contracts';
import { judgeApprovals, messageDurationMs, minimumApprovals, ruleFor, type Stoppable } from '#libs/domain';
import { judgeConsent } from './judge-consent';
import { readOrder, type ReadOrder } from './read-order';
import { ok, refuse, type Refused, type Result } from './result';
import { isRevoked, type TrustState } from './trust-state';
import { verifyApproval, type VerifiedApproval } from './verify-approval';
import { takenBackBy, type VerifiedConsent } from './verify-consent';
import { judgePermit, type SignedPermit } from './verify-permit';
import { verifyCorrection, widerTargets, type VerifiedCorrection } from './verify-correction';
import { policyFactsOf, verifyMessage, type StandingMessage, type VerifiedMessage } from './verify-message';

/**
 * A dispatch that holds together: enough persons signed exactly what is to be played, or, of a correction, what is played
 * stands in the bytes of a message that must have sounded here (admit) and a stopper takes that back.
 */
export interface VerifiedOrder {
  readonly dispatch: Dispatch;
  /** SHA-256 of the dispatch's payload bytes. */
  readonly dispatchDigest: Digest;
  readonly message: StandingMessage;
  /** The message that a correction takes back; null of every other order. */
  readonly original: VerifiedCorrection['original'] | null;
  /** A stopper's word, of a correction and of a resumption. */
  readonly consent: VerifiedConsent | null;
  /** Under which its author said it alone; null of every other order. */
  readonly permit: SignedPermit | null;
  /** None of a correction, nor under a permit. */
  readonly approvals: readonly VerifiedApproval[];
  /** Every key this order stands on: dispatcher first, author, approvers, stopper, who signed its permit. One of them compromised voids it. */
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
 * Facts 4b.4 step 10: what is played is the one bound, and is carried; the dispatch stays inside it. An order is
 * ordinary, a correction (`targets.heard`) or a resumption (`resumes`), never two of them. The latter two need a
 * stopper's consent to exactly this and nothing else has one; a message that corrects another sounds in no other way.
 */
export function judgeContents(state: TrustState, order: ReadOrder, now: number): Result<VerifiedOrder> {
  const { heard } = order.dispatch.targets;
  return heard === null ? judgeApproved(state, order, now) : judgeCorrection(state, order, heard, now);
}

/** An ordinary order or a resumption: its author's message under the approvals that the policy asks for, or under a permit and none. */
function judgeApproved(state: TrustState, order: ReadOrder, now: number): Result<VerifiedOrder> {
  const { dispatch, dispatchDigest, dispatcherKeyId } = order;
  const message = verifyMessage(state, order.message, now);
  if (!message.ok) return message;
  const misplaced = boundFault(dispatch, message.value);
  if (misplaced !== undefined) return misplaced;
  if (message.value.message.corrects !== null) return refuse('REJ_CORRECTION', 'targets.heard');
  if (order.original !== undefined) return refuse('REJ_CORRECTION', 'original');
  const consent = judgeResumption(state, order, message.value.digest, now);
  if (!consent.ok) return consent;
  const permit = judgePermit(state, order, message.value, now);
  if (!permit.ok) return permit;
  if (permit.value !== null && dispatch.approvals.length + order.approvals.length > 0) return refuse('REJ_APPROVAL_DIGEST', 'approvals');
  const approvals: VerifiedApproval[] = [];
  for (const [index, value] of order.approvals.entries()) {
    const approval = verifyApproval(state, value, message.value, now);
    if (!approval.ok) return refuse(approval.code, `approvals.${index}${approval.at === undefined ? '' : `.${approval.at}`}`);
    approvals.push(approval.value);
  }
  const fault = bindingFault(dispatch, approvals) ?? (permit.value === null ? policyFault(message.value, approvals) : undefined) ?? exceedingFault(dispatch, message.value.message);
  if (fault !== undefined) return fault;
  const persons = [message.value.author, ...approvals, ...(consent.value === null ? [] : [consent.value]), ...(permit.value?.signers ?? [])].map(({ keyId }) => keyId);
  return ok({ dispatch, dispatchDigest, message: message.value, original: null, consent: consent.value, permit: permit.value, approvals, keyIds: [dispatcherKeyId, ...persons] });
}

function judgeResumption(state: TrustState, order: ReadOrder, message: Digest, now: number): Result<VerifiedConsent | null> {
  const { resumes, consent } = order.dispatch;
  if (resumes !== null) return judgeConsent(state, order, { kind: 'resume', message, stop: resumes }, now);
  return consent === null && order.consent === undefined ? ok(null) : refuse('REJ_CONSENT', 'consent');
}

/** A correction: approved when the message that lists it was, so it carries no approvals of its own (`verifyCorrection`). */
function judgeCorrection(state: TrustState, order: ReadOrder, heard: Digest, now: number): Result<VerifiedOrder> {
  const { dispatch, dispatchDigest, dispatcherKeyId } = order;
  if (dispatch.resumes !== null) return refuse('REJ_RESUME', 'resumes');
  const verified = verifyCorrection(state, order.message, order.original, now);
  if (!verified.ok) return verified;
  const { correction, original } = verified.value;
  const misplaced = boundFault(dispatch, correction);
  if (misplaced !== undefined) return misplaced;
  if (original.digest !== heard) return refuse('REJ_CORRECTION', 'targets.heard');
  if (dispatch.approvals.length + order.approvals.length > 0) return refuse('REJ_APPROVAL_DIGEST', 'approvals');
  if (dispatch.permit !== undefined || order.permit !== undefined) return refuse('REJ_PERMIT', 'permit');
  const consent = judgeConsent(state, order, { kind: 'correct', correction: correction.digest, ofMessage: heard }, now);
  if (!consent.ok) return consent;
  const fault = exceedingFault(dispatch, correction.message);
  if (fault !== undefined) return fault;
  return ok({ dispatch, dispatchDigest, message: correction, original, consent: consent.value, permit: null, approvals: [], keyIds: [dispatcherKeyId, consent.value.keyId] });
}

/** The dispatch is about this message, and of the platform whose message it is. */
function boundFault(dispatch: Dispatch, { digest, message }: StandingMessage): Refused | undefined {
  if (digest !== dispatch.messageDigest) return refuse('REJ_MESSAGE_DIGEST', 'messageDigest');
  return message.platform === dispatch.platform ? undefined : refuse('REJ_LINEAGE', 'platform');
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
  const given = approvals.map(({ signed }) => signed);
  const fault = judgeApprovals(rule, minimum, { person: author.person.id, alg: author.alg }, given);
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

/**
 * Whether an order has lost its ground since it was judged, so that it stops within a second (design 4): one of its keys
 * was revoked as compromised, or the roster it was made under fell and a key behind that was.
 */
export function isVoid(state: TrustState, { dispatch, keyIds }: { readonly dispatch: Dispatch; readonly keyIds: readonly KeyId[] }): boolean {
  const { platform, minVersions } = dispatch;
  if (keyIds.some((keyId) => isRevoked(state, platform, keyId) === 'compromised')) return true;
  const fallen = state.fallen.get(platform);
  if (fallen === undefined || (minVersions.rosters[platform] ?? 0) > fallen.version) return false;
  // Without a charter there is no lineage to ask (`isRevoked`): the order's own keys are asked by the one it had.
  return [...keyIds, ...fallen.signers].some((keyId) => fallen.lineage.some((above) => state.revoked.get(above)?.get(keyId)?.reason === 'compromised'));
}
