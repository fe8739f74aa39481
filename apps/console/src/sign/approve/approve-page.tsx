import type { ReactNode } from 'react';
import { useText } from '../i18n';
import type { SignedIn } from '../signed-in';

/** `#/approve/<messageId>`. */
export function ApprovePage({ message }: SignedIn & { readonly message: string }): ReactNode {
  const { t } = useText();
  return <section><h1>{t('approve.title')}</h1><p className="code">{message}</p></section>;
}
