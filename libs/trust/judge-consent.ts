import type { Consent } from '#libs/contracts';
import type { ReadOrder } from './read-order';
import { refuse, type Result } from './result';
import type { TrustState } from './trust-state';
import { verifyConsent, type VerifiedConsent } from './verify-consent';

/** The consent that the dispatch names, given by a stopper of its platform to exactly this act. */
export function judgeConsent(state: TrustState, { dispatch, consent: value }: ReadOrder, act: Consent['act'], now: number): Result<VerifiedConsent> {
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
