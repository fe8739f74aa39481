import { useState, type ReactNode } from 'react';
import type { Factors, KeyView } from '#libs/contracts';
import { useFactorText } from '../i18n/factor';
import type { SignedIn } from '../signed-in';
import { FaultBox } from '../ui/fault';
import { useBusy } from '../ui/use-busy';
import { AuthenticatorApp } from './authenticator-app';

interface Props extends Pick<SignedIn, 'api' | 'keys' | 'onSession'> {
  readonly factors: Factors;
  readonly onChanged: () => void;
}

/** What this account signs in with besides its password: the authenticator app, and keys here and on other devices. */
export function FactorList({ factors, api, keys, onSession, onChanged }: Props): ReactNode {
  const { w, language } = useFactorText();
  const day = (at: number): string => new Date(at).toLocaleDateString(language === 'zh' ? 'zh-CN' : 'en');
  const { totpSince, recoveryCodesLeft } = factors;
  return (
    <section id="factors">
      <h1>{w('title')}</h1>
      <p id="app">{totpSince === null ? w('app.none') : w('app.since', { at: day(totpSince), n: recoveryCodesLeft })}</p>
      <details><summary>{w(totpSince === null ? 'app.set' : 'app.replace')}</summary><AuthenticatorApp api={api} inUse={totpSince !== null} onSession={onSession} /></details>
      <h2>{w('keys')}</h2>
      {factors.keys.length === 0 && <p className="note">{w('keys.none')}</p>}
      {factors.keys.map((key) => <Enrolled key={key.keyId} view={key} until={w('key.until', { at: day(key.expiresAt) })} isHere={keys.some(({ record }) => record.keyId === key.keyId)} api={api} onGone={onChanged} />)}
    </section>
  );
}

function Enrolled({ view: { keyId, alg, name }, until, isHere, api, onGone }: { readonly view: KeyView; readonly until: string; readonly isHere: boolean; readonly onGone: () => void } & Pick<SignedIn, 'api'>): ReactNode {
  const { w, words } = useFactorText();
  const { busy, fault, run } = useBusy();
  const [isSure, setSure] = useState(false);
  return (
    <div className="enrolled" data-key={keyId}>
      <p>{name} · {w(alg === 'webauthn-es256' ? 'key.passkey' : 'key.device')} · {until}{isHere ? ` · ${w('key.here')}` : ''}</p>
      <p className="actions">
        {isSure
          ? <><button type="button" className="remove-sure" disabled={busy} onClick={() => void run(async () => { await api.remove(`/api/session/keys/${keyId}`); onGone(); })}>{w('remove.sure')}</button><button type="button" onClick={() => setSure(false)}>{w('remove.not')}</button></>
          : <button type="button" className="remove" onClick={() => setSure(true)}>{w('remove')}</button>}
      </p>
      <FaultBox fault={fault} own={words} />
    </div>
  );
}
