import type { ReactNode } from 'react';
import { isHeld, messageDurationMs } from '#libs/domain';
import { useText, wordOr } from '../i18n';
import type { HeardSegment } from './audio';
import { clockTime } from './clock-time';
import { Correction } from './correction';
import type { SignedMessage } from './signed-message';

/** What is to be said, from the signed bytes and from nothing else. A drill does not look like the real thing. */
export function MessagePaper({ signed: { message: { value, digest }, corrections, documents, author, areas, verdict }, corrected }: { readonly signed: SignedMessage; readonly corrected: readonly (readonly HeardSegment[])[] }): ReactNode {
  const { t, language } = useText();
  const unit = documents.roster.value.units.find(({ id }) => id === value.unit);
  const at = (ms: number): string => clockTime(ms, language);
  return (
    <article className={`paper ${value.mode} severity-${value.severity}`} id="paper" data-digest={digest}>
      <p className="mode" id="mode">{t(`mode.${value.mode}`)}{value.drill === null ? '' : ` · ${t(`drillKind.${value.drill.kind}`)}`}</p>
      <p className="flags"><strong className={`severity ${value.severity}`}>{t(`severity.${value.severity}`)}</strong> <span>{t(`class.${value.class}`)}</span> <span className="event">{wordOr(t, 'event', value.eventType)}</span></p>
      {value.texts.map(({ language: of, title, text }) => (
        <section key={of} lang={of} className="said">
          <h2 className="title">{title}</h2>
          <p className="text">{text}</p>
        </section>
      ))}
      <dl>
        <dt>{t('paper.areas')}</dt>
        <dd id="areas">{value.targets.areas.map((id) => <span key={id} className="area">{areas.get(id) ?? t('paper.areaUnnamed')} <small>{id}</small></span>)}{value.targets.terminals.length > 0 && <span className="area">{t('paper.terminals', { n: value.targets.terminals.length })}</span>}</dd>
        <dt>{t('paper.window')}</dt>
        <dd>{at(value.notBefore)} – {at(value.notAfter)}</dd>
        {'live' in value.body && <><dt>{t('paper.live')}</dt><dd id="live">{t(isHeld(value.body) ? 'paper.heldVoice' : 'paper.liveVoice', { who: value.author, seconds: value.body.live.maxDurationMs / 1000, delay: (value.body.live.delayMs / 1000).toFixed(1) })}<br /><small className="code">{t('paper.liveKey', { key: value.body.live.sessionKey.keyId })}</small></dd></>}
        <dt>{t('paper.times')}</dt>
        <dd>{t('paper.repeats', { n: value.repeats, gap: (value.gapMs / 1000).toFixed(1), seconds: Math.ceil(messageDurationMs(value) / 1000) })}</dd>
        <dt>{t('paper.volume')}</dt>
        <dd>{t(`volume.${value.volume}`)} · {t(`whenPreempted.${value.whenPreempted}`)}</dd>
        <dt>{t('paper.author')}</dt>
        <dd>{value.author} · {unit?.name ?? value.unit} · {at(value.issuedAt)} {author.id === value.author && verdict === 'holds' ? t('paper.signatureHolds') : t('paper.signatureUnknown')}</dd>
        {(value.sourceUnit !== null || value.sourceRef !== null) && <><dt>{t('paper.source')}</dt><dd>{[value.sourceUnit, value.sourceRef].filter((one) => one !== null).join(' · ')}</dd></>}
        {value.saysAgain !== undefined && <><dt>{t('paper.saysAgain')}</dt><dd className="code" id="says-again">{value.saysAgain}</dd></>}
        {value.replaces !== null && <><dt>{t('paper.replaces')}</dt><dd className="code">{value.replaces}</dd></>}
      </dl>
      {value.readings.length > 0 && <><h3>{t('paper.readings')}</h3><ul className="readings">{value.readings.map(({ written, read }) => <li key={written}>{written} → {read}</li>)}</ul></>}
      {corrections.map((correction, number) => <Correction key={correction.id} correction={correction} heard={corrected[number] ?? []} />)}
      <p className="code">SHA-256 {digest}</p>
    </article>
  );
}
