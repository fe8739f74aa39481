// Shared with main.tsx: so it stands in the part of the bundle that holds zod, in front of every schema.
import '../no-jit';
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore, type ReactNode } from 'react';
import { LIVE_PATH, messageIdSchema } from '#libs/contracts';
import { useText } from '../i18n';
import { useLiveText } from '../i18n/live';
import type { SignedIn } from '../signed-in';
import { FaultBox } from '../ui/fault';
import { useLoad } from '../ui/load';
import { AskForm } from './ask-form';
import { browserWire } from './browser-wire';
import { EndedPanel } from './ended-panel';
import { readLiveFacts, type LiveFacts } from './live-facts';
import { LiveSession } from './live-session';
import { openMicrophone } from './microphone';
import { OnAirPanel } from './on-air-panel';
import { makeOpusEncoder, readyEncoder } from './opus-encoder';
import { PermitForm } from './permit-form';
import { TakenNote } from './taken-note';
import { waitingKeys } from './session-key';
import { WaitingPanel } from './waiting-panel';
import { clockOfMinute } from './words-of-time';

/** `#/live`: to speak, under a permit or a grant that others sign; `#/live/<messageId>`: under one that waits. */
export function LivePage(props: SignedIn & { readonly message: string | null }): ReactNode {
  const { api, session, clock, keys, message } = props;
  const { t } = useText();
  const { w, words } = useLiveText();
  const live = useMemo(() => new LiveSession({ clock, token: session.token, openWire: browserWire(api.socketUrl(LIVE_PATH)), openMicrophone, makeEncoder: makeOpusEncoder, readyEncoder }), [api, clock, session.token]);
  const state = useSyncExternalStore(live.subscribe, () => live.state);
  const { value, fault, again } = useLoad(useCallback(() => readLiveFacts({ api, session, keys, clock }), [api, session, keys, clock]));
  useEffect(() => () => live.leave(), [live]);
  // On its way before the press; what fails is told by the press.
  useEffect(() => void readyEncoder().catch(() => undefined), []);
  useEffect(() => {
    const { data } = messageIdSchema.safeParse(message);
    if (data !== undefined) live.tell({ kind: 'waits', message: data, signed: false });
  }, [live, message]);
  const back = useCallback(() => {
    live.tell({ kind: 'again' });
    if (message !== null) window.location.hash = '#/live';
    again();
  }, [again, live, message]);

  if (!session.roles.includes('author')) return <section id="live"><h1>{w('title')}</h1><p className="warning">{w('notAuthor')}</p></section>;
  return (
    <section id="live" data-state={state.kind}>
      <h1>{w('title')}</h1>
      {state.kind === 'on-air' && <OnAirPanel live={live} state={state} />}
      {state.kind === 'ended' && <EndedPanel api={api} state={state} again={back} />}
      {state.kind === 'waiting' && <WaitingPanel {...props} live={live} state={state} back={back} />}
      {state.kind === 'granting' && <p className="doing" id="doing" role="status">{w(`doing.${state.doing}`)}<small className="note">{w('weak')}</small></p>}
      {state.kind === 'taken' && <TakenNote live={live} state={state} />}
      {(state.kind === 'ready' || state.kind === 'testing') && (
        <>
          <FaultBox fault={fault ?? (state.kind === 'ready' ? state.fault : null)} own={words} />
          {fault !== null && <button id="again" type="button" onClick={again}>{t('home.again')}</button>}
          {value === null && fault === null && <p className="note">{w('loading')}</p>}
          {value !== null && <Begin {...props} live={live} facts={value} />}
        </>
      )}
    </section>
  );
}

function Begin(props: SignedIn & { readonly live: LiveSession; readonly facts: LiveFacts }): ReactNode {
  const { facts: { permit, inBand, keys } } = props;
  const { w } = useLiveText();
  if (keys.length === 0) return <p className="warning" id="no-key">{w('noKey')}</p>;
  const left = permit?.told.leftToday ?? 0;
  const band = permit?.permit.value.dayBand;
  return (
    <>
      <Waiting />
      {permit !== null && inBand && left > 0
        ? <PermitForm {...props} permit={permit} />
        : (
          <>
            <p className="told" id="why-ask">{band === undefined ? w('noPermit') : inBand ? w('noneLeft') : w('outOfBand', { from: clockOfMinute(band.fromMinute), to: clockOfMinute(band.toMinute) })}</p>
            <AskForm {...props} />
          </>
        )}
      {permit !== null && inBand && left > 0 && <details id="wider"><summary>{w('ask.title')}</summary><AskForm {...props} /></details>}
    </>
  );
}

/** Grants whose keys this browser keeps. */
function Waiting(): ReactNode {
  const { w } = useLiveText();
  const [kept, setKept] = useState<readonly string[]>([]);
  useEffect(() => void waitingKeys().then((all) => setKept(all.map(({ message }) => message))), []);
  if (kept.length === 0) return null;
  return <div className="told" id="kept"><p>{w('wait.mine')}</p><ul className="waiting">{kept.map((id) => <li key={id}><a href={`#/live/${id}`}>{id.slice(-8)}</a></li>)}</ul></div>;
}
