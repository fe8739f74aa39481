import { useState, type FormEvent, type ReactNode } from 'react';
import type { Session } from '#libs/contracts';
import { ApiProblem, type Api } from '../api';
import { useText } from '../i18n';
import type { HeldKey } from '../keys';
import { FaultBox } from '../ui/fault';
import { useBusy } from '../ui/use-busy';
import { signIn, signInByPasskey } from './sign-in';

interface Props {
  readonly api: Api;
  readonly keys: readonly HeldKey[];
  readonly onSession: (session: Session) => void;
}

/** Account and password, then the second factor when the server wants one; or a passkey of this device, which is both. */
export function SignInPanel({ api, keys, onSession }: Props): ReactNode {
  const { t } = useText();
  const { busy, fault, run } = useBusy();
  const [account, setAccount] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [wantsCode, setWantsCode] = useState(false);
  const [unlock, setUnlock] = useState('');
  const [isLocked, setLocked] = useState(false);
  const [byPasskey, setByPasskey] = useState(false);
  const passkeys = keys.filter(({ secret }) => secret.kind === 'passkey');
  const software = keys.filter(({ secret }) => secret.kind === 'software');

  const open = (event: FormEvent): void => {
    event.preventDefault();
    setByPasskey(false);
    void run(async () => {
      try {
        onSession(await signIn(api, account, password, { code, unlock }));
      } catch (cause) {
        if (cause instanceof ApiProblem && cause.code === 'TOO_MANY_REQUESTS') setLocked(true);
        if (cause instanceof ApiProblem && cause.code === 'SECOND_FACTOR_WANTED' && !wantsCode) setWantsCode(true);
        else throw cause;
      }
    });
  };
  return (
    <form className="sign-in" onSubmit={open}>
      <h1>{t('signIn.title')}</h1>
      <label>{t('signIn.account')}<input id="account" value={account} onChange={(event) => setAccount(event.target.value)} autoComplete="username" autoCapitalize="none" required /></label>
      <label>{t('signIn.password')}<input id="password" type="password" value={password} onChange={(event) => setPassword(event.target.value)} autoComplete="current-password" /></label>
      {wantsCode && <label>{t('signIn.code')}<input id="code" value={code} onChange={(event) => setCode(event.target.value)} inputMode="numeric" autoComplete="one-time-code" /></label>}
      {isLocked && <label>{t('signIn.unlock')}<input id="unlock" value={unlock} onChange={(event) => setUnlock(event.target.value)} autoComplete="off" autoCapitalize="characters" /></label>}
      <FaultBox fault={fault} {...(byPasskey ? { own: { 'fault.AUTH_FAILED': t('signIn.notByPasskey') } } : {})} />
      <button id="enter" type="submit" className="primary" disabled={busy || account === '' || password === ''}>{t('signIn.enter')}</button>
      {wantsCode && software.map((key) => (
        <button key={key.record.keyId} type="button" className="by-device" disabled={busy} onClick={() => void run(async () => onSession(await signIn(api, account, password, { device: key, unlock })))}>
          {t('signIn.byDevice', { name: key.name })}
        </button>
      ))}
      {passkeys.map((key) => (
        <button key={key.record.keyId} type="button" className="by-passkey" disabled={busy || account === ''} onClick={() => {
          setByPasskey(true);
          void run(async () => onSession(await signInByPasskey(api, account, key)));
        }}>
          {t('signIn.byPasskey', { name: key.name })}
        </button>
      ))}
      <p className="note">{t('signIn.note')}</p>
    </form>
  );
}
