import type { ReactNode } from 'react';
import { useText } from '../i18n';
import type { SignedIn } from '../signed-in';

/** `#/officer/<rest>`. */
export function OfficerPage({ session }: SignedIn & { readonly rest: string }): ReactNode {
  const { t } = useText();
  if (!session.roles.includes('officer')) return <p className="note">{t('officer.notOfficer')}</p>;
  return (
    <section>
      <h1>{t('officer.title')}</h1>
      <p className="note">{t('officer.notYet')}</p>
    </section>
  );
}
