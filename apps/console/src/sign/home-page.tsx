import { useCallback, type ReactNode } from 'react';
import { z } from 'zod';
import { messageViewSchema } from '#libs/contracts';
import { useText } from './i18n';
import { Reminder } from './key-request/reminder';
import type { SignedIn } from './signed-in';
import { FaultBox } from './ui/fault';
import { useLoad } from './ui/load';

/** Messages that wait for signatures, as the platform lists them: only the way to the page that reads the signed bytes. */
export function HomePage({ api, session }: SignedIn): ReactNode {
  const { t } = useText();
  const { value, fault, again } = useLoad(useCallback(() => api.get('/api/messages?state=submitted', z.array(messageViewSchema.pick({ id: true, title: true, mode: true, platform: true }).loose())), [api]));
  return (
    <section>
      <h1>{t('home.title')}</h1>
      <Reminder api={api} />
      <FaultBox fault={fault} />
      <ul className="waiting">
        {(value ?? []).filter(({ platform }) => platform === session.platform).map(({ id, title, mode }) => (
          <li key={id}><a href={`#/approve/${id}`}>{t(`mode.${mode}`)} · {title}</a></li>
        ))}
      </ul>
      {value !== null && value.length === 0 && <p className="note">{t('home.none')}</p>}
      <button type="button" onClick={again}>{t('home.again')}</button>
    </section>
  );
}
