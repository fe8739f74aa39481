import type { ReactNode } from 'react';
import type { KeyRequestView } from '#libs/contracts';
import { useText } from '../i18n';
import { Compare } from './compare';

const HOUR = 3_600_000;

export interface ListedRequest {
  readonly view: KeyRequestView;
  /** Worked out here. */
  readonly id: string;
}

interface Props {
  readonly requests: readonly ListedRequest[];
  readonly compared: ReadonlySet<string>;
  readonly drafted: ReadonlySet<string>;
  readonly now: number;
  readonly onCompared: (id: string) => void;
}

/** Who asks for a key, since when, and whether this officer has compared it. The digits are not shown here: they are the person's to say. */
export function RequestList({ requests, compared, drafted, now, onCompared }: Props): ReactNode {
  const { t } = useText();
  if (requests.length === 0) return <p className="note">{t('officer.noRequests')}</p>;
  return requests.map(({ view: { request: { platform, person, key, replaces, reason }, receivedAt }, id }) => (
    <article key={id} className="key request" data-request={id} data-person={person} data-compared={compared.has(id)}>
      <h2>{person} · {platform}</h2>
      <p>{t(`officer.reason.${reason}`)} · {t(`keys.kind.${key.alg === 'webauthn-es256' ? 'passkey' : 'software'}`)} · {t('officer.hoursAgo', { n: Math.max(0, Math.floor((now - receivedAt) / HOUR)) })}</p>
      {replaces !== null && <p className="note">{t('officer.replaces', { key: replaces.slice(0, 16) })}</p>}
      {compared.has(id)
        ? <p className="compared">✓ {t(drafted.has(id) ? 'officer.inDraft' : 'officer.compared')}</p>
        : <><p className="note">{t('officer.howToCompare')}</p><Compare id={id} onCompared={() => onCompared(id)} /></>}
    </article>
  ));
}
