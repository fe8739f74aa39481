import { LIMITS, type Consent, type Digest, type Message, type Targets } from '#libs/contracts';
import type { ReadOrder } from './read-order';
import { ok, refuse, type Refused, type Result } from './result';
import type { TrustState } from './trust-state';
import { verifyConsent, type VerifiedConsent } from './verify-consent';
import { verifyMessage, type VerifiedMessage } from './verify-message';

/** What an order stands on beside its message and approvals; both null for an ordinary one. */
export interface Backing {
  /** The message that a correction takes back, and whose approvals carry it. */
  readonly original: VerifiedMessage | null;
  /** A stopper's word, of a correction and of a resumption. */
  readonly consent: VerifiedConsent | null;
}

/**
 * An order is ordinary, a correction (`targets.heard`) or a resumption (`resumes`), never two of them. The latter two
 * carry a stopper's consent to exactly this and nothing else does; a message that corrects another sounds in no other
 * way (design 4 "Correction", "Resume"). Whether it was heard and stopped here, only the terminal knows (admit).
 */
export function judgeBacking(state: TrustState, order: ReadOrder, message: VerifiedMessage, now: number): Result<Backing> {
  const { targets: { heard }, resumes, consent } = order.dispatch;
  if (heard !== null && resumes !== null) return refuse('REJ_RESUME', 'resumes');
  if (heard !== null) {
    const original = judgeOriginal(state, order.original, heard, message, now);
    if (!original.ok) return original;
    const consented = judgeConsent(state, order, { kind: 'correct', correction: message.digest, ofMessage: heard }, now);
    return consented.ok ? ok({ original: original.value, consent: consented.value }) : consented;
  }
  if (message.message.corrects !== null) return refuse('REJ_CORRECTION', 'targets.heard');
  if (order.original !== undefined) return refuse('REJ_CORRECTION', 'original');
  if (resumes !== null) {
    const consented = judgeConsent(state, order, { kind: 'resume', message: message.digest, stop: resumes }, now);
    return consented.ok ? ok({ original: null, consent: consented.value }) : consented;
  }
  return consent === null && order.consent === undefined ? ok({ original: null, consent: null }) : refuse('REJ_CONSENT', 'consent');
}

/** The message that was heard: genuine (its own window may be over), of the same platform, and it lists this correction. */
function judgeOriginal(state: TrustState, value: unknown, heard: Digest, correction: VerifiedMessage, now: number): Result<VerifiedMessage> {
  if (value === undefined) return refuse('REJ_CORRECTION', 'original');
  const original = verifyMessage(state, value, now);
  if (!original.ok) return refuse(original.code, `original${original.at === undefined ? '' : `.${original.at}`}`);
  if (original.value.digest !== heard) return refuse('REJ_CORRECTION', 'targets.heard');
  const fault = correctionFault(correction, original.value.message);
  return fault ?? original;
}

/** A correction speaks as its original did: as its platform, in its class, severity, mode and drill, to nobody else, at most a day longer. */
export function correctionFault({ digest, message }: VerifiedMessage, original: Message): Refused | undefined {
  if (message.corrects === null) return refuse('REJ_CORRECTION', 'corrects');
  if (message.platform !== original.platform) return refuse('REJ_CORRECTION', 'platform');
  if (!original.corrections.some((listed) => listed.digest === digest && listed.kind === message.corrects)) return refuse('REJ_CORRECTION', 'original.corrections');
  if (message.class !== original.class) return refuse('REJ_CORRECTION', 'class');
  if (message.severity !== original.severity) return refuse('REJ_CORRECTION', 'severity');
  if (message.mode !== original.mode) return refuse('REJ_CORRECTION', 'mode');
  if (message.drill?.plan !== original.drill?.plan || message.drill?.kind !== original.drill?.kind) return refuse('REJ_CORRECTION', 'drill');
  const wider = widerTargets(message.targets, original.targets);
  if (wider !== undefined) return refuse('REJ_CORRECTION', wider);
  return message.notAfter > original.notAfter + LIMITS.tombstoneMs ? refuse('REJ_CORRECTION', 'notAfter') : undefined;
}

/** Where `inner` names more than `outer`. A terminal named singly may stand in an area of `outer`; whether it does only the terminal knows. */
export function widerTargets(inner: Targets, outer: Targets): 'targets.areas' | 'targets.terminals' | undefined {
  if (inner.areas.some((area) => !outer.areas.includes(area))) return 'targets.areas';
  const foreign = inner.terminals.some((terminal) => !outer.terminals.includes(terminal));
  return foreign && outer.areas.length === 0 ? 'targets.terminals' : undefined;
}

/** The consent that the dispatch names, given by a stopper of its platform to exactly this act. */
function judgeConsent(state: TrustState, { dispatch, consent: value }: ReadOrder, act: Consent['act'], now: number): Result<VerifiedConsent> {
  if (value === undefined || dispatch.consent === null) return refuse('REJ_CONSENT', 'consent');
  const consent = verifyConsent(state, value, now);
  if (!consent.ok) return refuse('REJ_CONSENT', `consent ${consent.code}${consent.at === undefined ? '' : ` ${consent.at}`}`);
  if (consent.value.digest !== dispatch.consent) return refuse('REJ_CONSENT', 'dispatch.consent');
  if (consent.value.consent.platform !== dispatch.platform) return refuse('REJ_CONSENT', 'consent.platform');
  return isSameAct(consent.value.consent.act, act) ? consent : refuse('REJ_CONSENT', 'consent.act');
}

function isSameAct(given: Consent['act'], wanted: Consent['act']): boolean {
  switch (wanted.kind) {
    case 'correct': return given.kind === 'correct' && given.correction === wanted.correction && given.ofMessage === wanted.ofMessage;
    case 'resume': return given.kind === 'resume' && given.message === wanted.message && given.stop === wanted.stop;
  }
}
