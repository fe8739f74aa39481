import type { ReactNode } from 'react';
import type { Message } from '#libs/contracts';
import { messageDurationMs } from '#libs/domain';
import { useText } from '../i18n';
import type { HeardSegment } from './audio';
import { clockTime } from './clock-time';

/** What would take the message back: approved together with it, so it is read and can be heard together with it. It sounds in the message's own areas. */
export function Correction({ correction, heard }: { readonly correction: Message; readonly heard: readonly HeardSegment[] }): ReactNode {
  const { t, language: shown } = useText();
  const { texts, repeats, gapMs, volume, notBefore, notAfter } = correction;
  return (
    <section className="correction">
      <h3>{t(`correction.${correction.corrects ?? 'correction'}`)}</h3>
      {texts.map(({ language, title, text }) => <div key={language} lang={language}><p><strong>{title}</strong></p><p className="text">{text}</p></div>)}
      <p className="note">{t('paper.repeats', { n: repeats, gap: (gapMs / 1000).toFixed(1), seconds: Math.ceil(messageDurationMs(correction) / 1000) })} · {t('paper.volume')} {t(`volume.${volume}`)} · {clockTime(notBefore, shown)} – {clockTime(notAfter, shown)}</p>
      <details>
        <summary>{t('listen.correction', { n: heard.length })}</summary>
        <ol>
          {heard.map(({ segment, url }, at) => (
            <li key={`${at} ${segment.sha256}`}>{t(`segment.${segment.role}`)} {(segment.durationMs / 1000).toFixed(1)} s<audio src={url} controls preload="none" /></li>
          ))}
        </ol>
      </details>
    </section>
  );
}
