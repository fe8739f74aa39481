import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import type { MessageView } from '#libs/contracts';
import { isHeld } from '#libs/domain';
import { ApiProblem } from '../api';
import { useText, wordOr } from '../i18n';
import type { SignedIn } from '../signed-in';
import { Choice } from '../ui/choice';
import { FaultBox } from '../ui/fault';
import { HoldButton } from '../ui/hold-button';
import { useLoad } from '../ui/load';
import { isReason, ReasonInput } from '../ui/reason-input';
import { useBusy } from '../ui/use-busy';
import { fetchAudio, release, type HeardSegment } from './audio';
import { Listen } from './listen';
import { clockTime } from './clock-time';
import { MessagePaper } from './message-paper';
import { myPart } from './my-step';
import { isUncertain, makeAttempt, postAttempt, type Attempt, type Decision } from './sign-approval';
import { fetchSigned, type SignedMessage } from './signed-message';

interface Case {
  readonly signed: SignedMessage;
  readonly heard: readonly HeardSegment[];
  /** Of each correction, in their order. */
  readonly corrected: readonly (readonly HeardSegment[])[];
}

/** `#/approve/<messageId>`: shows what the signed bytes say, lets it be heard, and signs or returns exactly that. */
export function ApprovePage(props: SignedIn & { readonly message: string }): ReactNode {
  const { api, message } = props;
  const { t } = useText();
  const { value, fault, again } = useLoad(useCallback(async (): Promise<Case> => {
    const signed = await fetchSigned(api, message);
    const [heard = [], ...corrected] = await fetchAudio(api, [signed.message.value, ...signed.corrections]);
    return { signed, heard, corrected };
  }, [api, message]));
  useEffect(() => () => release([value?.heard ?? [], ...value?.corrected ?? []]), [value]);
  return (
    <section id="approve">
      <h1>{t('approve.title')}</h1>
      {fault !== null && <div className="refused"><p className="warning">{t('approve.nothingToSign')}</p><FaultBox fault={fault} /><button id="again" type="button" onClick={again}>{t('home.again')}</button></div>}
      {fault === null && value === null && <p className="note">{t('approve.loading')}</p>}
      {fault === null && value !== null && <ApproveCase {...props} {...value} again={again} />}
    </section>
  );
}

function ApproveCase({ signed, heard, corrected, session, keys, api, clock, again }: SignedIn & Case & { readonly again: () => void }): ReactNode {
  const { t, language } = useText();
  const { busy, fault, run } = useBusy();
  const [done, setDone] = useState<MessageView | null>(null);
  const [stepAt, setStepAt] = useState(0);
  const [keyAt, setKeyAt] = useState(0);
  const [reason, setReason] = useState('');
  const [permille, setPermille] = useState(0);
  const uncertain = useRef<Attempt | null>(null);
  const part = useMemo(() => myPart(signed, session.person, keys), [signed, session.person, keys]);

  const decide = (decision: Decision['decision']): void => void run(async () => {
    if (part.kind !== 'open') return;
    const [step, key] = [part.steps[stepAt], part.keys[keyAt]];
    if (step === undefined || key === undefined) return;
    // Only the same decision is handed in again: whoever changes their mind signs that, and the platform says which of the two it has.
    const before = uncertain.current?.decision === decision ? uncertain.current : null;
    const attempt = before ?? await makeAttempt(signed, { decision, reason: decision === 'return' ? reason.trim() : '', step: step.name, key, listenedPermille: permille }, part.person.id, clock);
    try {
      setDone(await postAttempt(api, signed.message.value.id, attempt));
      uncertain.current = null;
    } catch (cause) {
      uncertain.current = isUncertain(cause) ? attempt : null;
      // What this very attempt, or another tab, has done already is done.
      if (cause instanceof ApiProblem && cause.code === 'REJ_APPROVER_REPEATED') again();
      throw cause;
    }
  });

  return (
    <>
      {signed.verdict === 'unknown' && <p className="warning" id="unverifiable">{t('approve.unverifiable')}</p>}
      <MessagePaper signed={signed} corrected={corrected} />
      {heard.length > 0 && <Listen heard={heard} onListened={setPermille} />}
      <p className="told" id="told">{t('approve.told', { terminals: signed.told.reach?.terminals ?? 0, online: signed.told.reach?.online ?? 0 })}</p>
      {signed.told.saidBefore !== null && (
        <p className="told" id="said-before">
          {signed.told.saidBefore.heardAt === null ? t('approve.saidNever') : t('approve.saidBefore', { at: clockTime(signed.told.saidBefore.heardAt, language) })}{' '}
          {signed.told.saidBefore.changed.length === 0 ? t('approve.unchanged') : t('approve.changed', { fields: signed.told.saidBefore.changed.join(', ') })}
        </p>
      )}
      <Steps signed={signed} />
      {done !== null && <p className="done" id="done" data-state={done.state}>{t('approve.done')} · {t(`state.${done.state}`)}</p>}
      {done === null && part.kind === 'none' && <p className="warning" id="no-part" data-why={part.why}>{t(`part.${part.why}`)}</p>}
      {done === null && part.kind === 'open' && (
        <div className={`decide ${signed.message.value.mode}`}>
          <Choice id="step" label={t('approve.myStep')} at={stepAt} choose={setStepAt} options={part.steps.map(({ name, role }) => `${wordOr(t, 'step', name)} · ${t(`role.${role}`)}`)} />
          <Choice id="key" label={t('approve.withKey')} at={keyAt} choose={setKeyAt} options={part.keys.map(({ held, verifies }) => `${held.name} · ${t(verifies ? 'keys.kind.passkey' : 'keys.kind.software')}`)} />
          {signed.rule.verification !== 'none' && part.keys[keyAt]?.verifies === false && <p className="warning">{t('approve.wantsVerification')}</p>}
          {'live' in signed.message.value.body && <p className="warning" id="living">{t(isHeld(signed.message.value.body) ? 'approve.held' : 'approve.living')}</p>}
          {permille < 1000 && heard.length > 0 && <p className="warning" id="not-heard">{t('approve.notHeard')}</p>}
          <FaultBox fault={fault} />
          <HoldButton id="approve-hold" label={t('approve.hold', { mode: t(`mode.${signed.message.value.mode}`), n: signed.told.reach?.terminals ?? 0 })} holding={t('approve.holding')} disabled={busy} onHeld={() => decide('approve')} />
          <label>{t('approve.reason')}<ReasonInput id="reason" value={reason} onValue={setReason} /></label>
          <button id="return" type="button" disabled={busy || !isReason(reason)} onClick={() => decide('return')}>{t('approve.return')}</button>
        </div>
      )}
    </>
  );
}

/** Who has signed, from the approvals' own bytes, and what is still wanted, from the signed policy. */
function Steps({ signed: { rule, given } }: { readonly signed: SignedMessage }): ReactNode {
  const { t } = useText();
  return (
    <ol className="steps">
      {rule.steps.map(({ name, role, count }) => {
        const signedBy = given.filter(({ step, approval }) => step === name && approval.decision === 'approve').map(({ person }) => person);
        return <li key={name}>{wordOr(t, 'step', name)} · {t(`role.${role}`)} · {signedBy.length}/{count}{signedBy.length === 0 ? '' : ` · ${signedBy.join(', ')}`}</li>;
      })}
    </ol>
  );
}

