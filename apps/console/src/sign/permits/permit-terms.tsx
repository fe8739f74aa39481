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
      <ol className="terms">{sayPermit(permit).map(({ zh, en }) => <li key={en}>{datesWhole(language === 'zh' ? zh : en)}</li>)}</ol>
      <p className="note">{w('digits')} <span className="paper-digits">{digitGroups(digest).join(' ')}</span></p>
    </>
  );
}

/** A date stays on one line: torn apart it is misread. */
function datesWhole(text: string): ReactNode {
  return text.split(/(\d{4}-\d{2}-\d{2} \d{2}:\d{2})/).map((part, at) => (at % 2 === 1 ? <span key={part} className="whole">{part}</span> : part));
}
