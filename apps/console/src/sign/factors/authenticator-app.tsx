import { useState, type FormEvent, type ReactNode } from 'react';
import { totpConfirmedSchema, totpOfferSchema, type Session, type TotpConfirmed, type TotpOffer } from '#libs/contracts';
import type { Api } from '../api';
import { useFactorText } from '../i18n/factor';
import { FaultBox } from '../ui/fault';
import { QrPicture } from '../ui/qr-picture';
import { useBusy } from '../ui/use-busy';

interface Props {
  readonly api: Api;
  /** One is in use: a code of it, or a recovery code, is asked for. */
  readonly inUse: boolean;
  /** The first code ended the session that asked; this is the one in its place. */
  readonly onSession: (session: Session) => void;
}

/** An authenticator app: its secret, the first code of it, and the ten recovery codes until somebody says that they are written down. */
export function AuthenticatorApp({ api, inUse, onSession }: Props): ReactNode {
  const { w, words } = useFactorText();
  const { busy, fault, run } = useBusy();
  const [old, setOld] = useState('');
  const [code, setCode] = useState('');
  const [offer, setOffer] = useState<TotpOffer | null>(null);
  const [confirmed, setConfirmed] = useState<TotpConfirmed | null>(null);
  const begin = (event: FormEvent): void => {
    event.preventDefault();
    void run(async () => setOffer(await api.post('/api/session/totp', inUse ? { code: old.trim() } : {}, totpOfferSchema)));
  };
  const confirm = (event: FormEvent): void => {
    event.preventDefault();
    void run(async () => setConfirmed(await api.post('/api/session/totp/confirm', { code: code.replace(/\s/g, '') }, totpConfirmedSchema)));
  };
  if (confirmed !== null) {
    return (
      <div id="recovery">
        <p className="warning">{w('codes')}</p>
        <ul className="recovery-codes">{confirmed.recoveryCodes.map((one) => <li key={one}><code>{one}</code></li>)}</ul>
        <button id="codes-kept" type="button" className="primary" onClick={() => onSession(confirmed.session)}>{w('codes.done')}</button>
      </div>
    );
  }
  if (offer !== null) {
    return (
      <form id="app-confirm" onSubmit={confirm}>
        <p>{w('app.scan')}</p>
        <QrPicture text={offer.uri} label={w('app.qr')} />
        <p className="code" id="app-secret">{offer.secret.match(/.{1,4}/g)?.join(' ')}</p>
        <label>{w('app.code')}<input id="app-code" value={code} onChange={({ target }) => setCode(target.value)} inputMode="numeric" autoComplete="one-time-code" required /></label>
        <FaultBox fault={fault} own={words} />
        <button id="app-confirmed" type="submit" className="primary" disabled={busy || !/^\d{6}$/.test(code.replace(/\s/g, ''))}>{w('app.confirm')}</button>
      </form>
    );
  }
  return (
    <form id="app-begin" onSubmit={begin}>
      {inUse && <label>{w('app.inUse')}<input id="app-in-use" value={old} onChange={({ target }) => setOld(target.value)} autoComplete="one-time-code" required /></label>}
      <FaultBox fault={fault} own={words} />
      <button id="app-set" type="submit" className={inUse ? '' : 'primary'} disabled={busy || (inUse && old.trim() === '')}>{w(inUse ? 'app.replace' : 'app.set')}</button>
    </form>
  );
}
