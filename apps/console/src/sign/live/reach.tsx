import type { ReactNode } from 'react';
import type { Consequence } from '#libs/contracts';
import { useLiveText } from '../i18n/live';
import { keptSilent } from './kept-silent';
import { hourOf } from './words-of-time';

/** Who will hear it, who keeps it silent and what else is there, as the platform foresees it. */
export function Reach({ consequence }: { readonly consequence: Consequence }): ReactNode {
  const { w } = useLiveText();
  const { terminals, online, meets } = consequence;
  const { by, isEverywhere } = keptSilent(consequence);
  const inTheWay = meets.filter(({ signed }) => signed);
  return (
    <ul className="reach" id="reach" data-terminals={terminals} data-online={online} data-none-sounds={isEverywhere}>
      <li><strong>{w('reach', { terminals, online })}</strong></li>
      {isEverywhere && <li className="warning" id="none-sounds" role="alert"><strong>{w('noneSounds')}</strong></li>}
      {inTheWay.length === 0 && by.length === 0 && <li>{w('free')}</li>}
      {inTheWay.map(({ message, title, how }) => <li key={message} className="warning">{w(`meets.${how}`, { title })}</li>)}
      {by.map(({ why, n, from }) => <li key={`${why}${from ?? ''}`} className="warning" id={why}>{w(why, { n, terminals, from: from === null ? '' : hourOf(from) })}</li>)}
    </ul>
  );
}
