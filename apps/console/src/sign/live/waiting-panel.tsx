import { useCallback, useEffect, useState, type ReactNode } from 'react';
import { liveBodySchema, messageDetailSchema, messageSchema, messageViewSchema, type LiveBody, type MessageDetail } from '#libs/contracts';
import { useText, wordOr } from '../i18n';
import { useLiveText } from '../i18n/live';
import type { SignedIn } from '../signed-in';
import { openSigned } from '../trust';
import { FaultBox } from '../ui/fault';
import { HoldButton } from '../ui/hold-button';
import { useBusy } from '../ui/use-busy';
import { useLoad } from '../ui/load';
import { releaseGrant } from './grant';
import { LiveFault } from './live-fault';
import type { LiveSession } from './live-session';
import type { LiveState } from './live-state';
import { forgetWaiting, waitingKeys, type SessionKey } from './session-key';

const LOOK_MS = 3_000;

interface Props extends SignedIn {
  readonly live: LiveSession;
  readonly state: Extract<LiveState, { kind: 'waiting' }>;
  readonly back: () => void;
}

interface Read {
  readonly told: MessageDetail;
  readonly body: LiveBody;
  /** Null: another browser handed it in. */
  readonly key: SessionKey | null;
}

/** A grant that others must sign: the address for them, who has signed, and the press that begins it when all have. */
export function WaitingPanel({ live, state, back, api, clock }: Props): ReactNode {
  const { t } = useText();
  const { w, words } = useLiveText();
  const { busy, fault: wrong, run } = useBusy();
  const [turn, setTurn] = useState(0);
  const { message } = state;
  const { value, fault } = useLoad(useCallback(async (): Promise<Read> => {
    // Asked again each time.
    void turn;
    const told = await api.get(`/api/messages/${message}`, messageDetailSchema);
    const { value: signed, digest } = await openSigned('message', told.envelope, messageSchema);
    const body = 'live' in signed.body ? liveBodySchema.parse(signed.body.live) : undefined;
    if (body === undefined || signed.id !== message || digest !== told.messageDigest) throw new LiveFault('live-differs', message);
    const kept = (await waitingKeys()).find((one) => one.message === message && one.key.record.keyId === body.sessionKey.keyId);
    return { told, body, key: kept?.key ?? null };
  }, [api, message, turn]));
  useEffect(() => {
    const timer = window.setInterval(() => setTurn((before) => before + 1), LOOK_MS);
    return () => window.clearInterval(timer);
  }, []);
  const isSigned = value?.told.state === 'approved';
  useEffect(() => { if (isSigned !== state.signed) live.tell({ kind: 'waits', message, signed: isSigned }); }, [isSigned, live, message, state.signed]);
  const gone = value !== null && !['submitted', 'approved', 'dispatched'].includes(value.told.state);
  const key = value?.key ?? null;

  const speak = (): void => {
    if (value === null || key === null) return;
    void live.speak(async (does) => {
      does('releasing');
      const { id, messageDigest } = await releaseGrant(api, message, clock);
      // From here on the key is in this page's memory alone.
      await forgetWaiting(message).catch(() => undefined);
      return { message: id, digest: messageDigest, live: value.body, key };
    });
  };
  return (
    <div id="waiting" data-signed={isSigned}>
      <h2>{w(isSigned ? 'wait.signed' : 'wait.title')}</h2>
      <FaultBox fault={state.fault ?? wrong ?? fault} own={words} />
      {value !== null && (
        <>
          <p className="title">{value.told.title}</p>
          <ol className="steps">
            {value.told.steps.map(({ name, role, count, signed }) => <li key={name}>{wordOr(t, 'step', name)} · {t(`role.${role}`)} · {w('wait.steps', { signed: signed.filter(({ decision }) => decision === 'approve').length, count })}</li>)}
          </ol>
          {gone && <p className="warning" id="gone">{w('wait.gone', { state: t(`state.${value.told.state}`) })}</p>}
          {!gone && key === null && <p className="warning" id="no-session-key">{w('wait.noKey')}</p>}
          {!gone && !isSigned && <p>{w('wait.share')} <span className="code" id="share">{`${location.origin}/#/approve/${message}`}</span></p>}
          {!gone && key !== null && <p className="note">{w('wait.note')}</p>}
          {!gone && isSigned && key !== null && <HoldButton id="release" label={w('hold')} holding={w('holding')} disabled={busy} holdMs={800} onPress={() => live.press()} onLetGo={() => live.letGo()} onHeld={speak} />}
          <p className="actions">
            {!gone && value.told.state !== 'dispatched' && <button id="give-up" type="button" disabled={busy} onClick={() => void run(async () => {
              await api.post(`/api/messages/${message}/withdraw`, {}, messageViewSchema, clock.uuid());
              await forgetWaiting(message);
              back();
            })}>{w('wait.giveUp')}</button>}
            {gone && <button id="forget" type="button" onClick={() => void forgetWaiting(message).finally(back)}>{t('home.again')}</button>}
          </p>
        </>
      )}
    </div>
  );
}
