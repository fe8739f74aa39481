import type { ReactNode } from 'react';
import type { Consequence } from '#libs/contracts';
import { useLiveText } from '../i18n/live';

/** Who will hear it and what else is there, as the platform foresees it. */
export function Reach({ consequence: { terminals, online, meets, quiet } }: { readonly consequence: Consequence }): ReactNode {
  const { w } = useLiveText();
  const inTheWay = meets.filter(({ signed }) => signed);
  return (
    <ul className="reach" id="reach" data-terminals={terminals} data-online={online}>
      <li><strong>{w('reach', { terminals, online })}</strong></li>
      {inTheWay.length === 0 && <li>{w('free')}</li>}
      {inTheWay.map(({ message, title, how }) => <li key={message} className="warning">{w(`meets.${how}`, { title })}</li>)}
      {quiet > 0 && <li className="warning">{w('quiet', { n: quiet })}</li>}
    </ul>
  );
}
