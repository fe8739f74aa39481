import { useState, type ReactNode } from 'react';
import { clockTime } from '../approve/clock-time';
import { usePermitText } from '../i18n/permit';
import type { SignedIn } from '../signed-in';
import { FaultBox } from '../ui/fault';
import { isReason, ReasonInput } from '../ui/reason-input';
import { useBusy } from '../ui/use-busy';
import { PermitTerms } from './permit-terms';
import { withdraw } from './send-permit';
import { standingOf, type SignedPermit } from './signed-permit';

/** A permit as its bytes say it, where it stands, and, by the platform's word, what is left today. */
export function PermitCard({ signed, now, children }: { readonly signed: SignedPermit; readonly now: number; readonly children?: ReactNode }): ReactNode {
  const { w, language } = usePermitText();
  const { permit: { value, digest }, village, signers, verdict, told } = signed;
  const standing = standingOf(signed, now);
  const by = signers.map(({ person }) => person.id).join(language === 'zh' ? '、' : ', ');
  return (
    <article className="key permit" data-permit={digest} data-state={standing}>
      <p className="state"><strong>{w(`state.${standing}`)}</strong> · {w('ends', { at: clockTime(value.notAfter, language) })}</p>
      {standing === 'refused' && <p className="warning">{w('refusal', { code: told.refusal ?? '' })}</p>}
      {verdict === 'unknown' && <p className="warning" id="unverifiable">{w('unverifiable')}</p>}
      <PermitTerms permit={value} digest={digest} village={village.charter.name} />
      <p className="signed-by">{signers.length === 0 ? w('unsigned') : w(verdict === 'holds' ? 'signedBy' : 'signedByUnknown', { by })}</p>
      {standing === 'in-force' && <p className="told">{w('today', { left: told.leftToday, of: value.perDay })}</p>}
      {signed.listed && standing === 'withdrawn' && value.notAfter > now && <p className="warning still-listed">{w('stillListed')}</p>}
      {children}
    </article>
  );
}

/** For approvers and officers: this server uses it no more, the loudspeakers when the officers' next roster is without it. */
export function WithdrawBox({ signed, api, clock, onGone }: { readonly signed: SignedPermit; readonly onGone: () => void } & Pick<SignedIn, 'api' | 'clock'>): ReactNode {
  const { w, words } = usePermitText();
  const { busy, fault, run } = useBusy();
  const [reason, setReason] = useState('');
  return (
    <div className="withdraw">
      <label>{w('withdraw.reason')}<ReasonInput id="reason" value={reason} onValue={setReason} /></label>
      <p className="note">{w('withdraw.note')}</p>
      <button id="withdraw" type="button" disabled={busy || !isReason(reason)} onClick={() => void run(async () => {
        await withdraw(api, signed.permit.digest, reason.trim(), clock);
        onGone();
      })}>{w('withdraw')}</button>
      <FaultBox fault={fault} own={words} />
    </div>
  );
}
