import type { ReactNode } from 'react';
import type { Permit } from '#libs/contracts';
import { digitGroups, sayPermit } from '#libs/domain';
import { usePermitText } from '../i18n/permit';

/** What is signed, each term a line, from the bytes' own fields; the same lines as at the command line. */
export function PermitTerms({ permit, digest, village }: { readonly permit: Permit; readonly digest: string; readonly village: string }): ReactNode {
  const { w, language } = usePermitText();
  return (
    <>
      <p className="village">{w('village', { name: village, id: permit.platform })}</p>
      <ol className="terms">{sayPermit(permit).map(({ zh, en }) => <li key={en}>{language === 'zh' ? zh : en}</li>)}</ol>
      <p className="note">{w('digits')} <span className="paper-digits">{digitGroups(digest).join(' ')}</span></p>
    </>
  );
}
