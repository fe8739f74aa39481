import type { ReactNode } from 'react';
import type { Session } from '#libs/contracts';
import type { Api } from '../api';
import { useFactorText } from '../i18n/factor';
import { AuthenticatorApp } from './authenticator-app';

/** What an account without a second factor sees, and all that its session can do. */
export function FirstFactor(props: { readonly api: Api; readonly onSession: (session: Session) => void }): ReactNode {
  const { w } = useFactorText();
  return (
    <section id="enrol">
      <h1>{w('first')}</h1>
      <p className="note">{w('first.note')}</p>
      <AuthenticatorApp {...props} inUse={false} />
    </section>
  );
}
