import type { ReactNode } from 'react';
import type { Consequence } from '#libs/contracts';
import { useLiveText } from '../i18n/live';

/** Who will hear it and what else is there, as the platform foresees it. */
export function Reach({ consequence: { terminals, online, meets, quiet, postponed } }: { readonly consequence: Consequence }): ReactNode {
  const { w } = useLiveText();
  // What is said now is not said again when quiet hours are over.
  const silent = quiet + postponed.reduce((sum, one) => sum + one.terminals, 0);
  const inTheWay = meets.filter(({ signed }) => signed);
  return (
    <ul className="reach" id="reach" data-terminals={terminals} data-online={online}>
      <li><strong>{w('reach', { terminals, online })}</strong></li>
      {inTheWay.length === 0 && silent === 0 && <li>{w('free')}</li>}
      {inTheWay.map(({ message, title, how }) => <li key={message} className="warning">{w(`meets.${how}`, { title })}</li>)}
      {silent > 0 && <li className="warning" id="quiet">{w('quiet', { n: silent })}</li>}
    </ul>
  );
}
