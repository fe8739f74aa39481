import { useEffect, useState, type ReactNode } from 'react';
import { classSchema, LIMITS, severitySchema, type MessageClass, type Severity } from '#libs/contracts';
import { clockTime } from '../approve/clock-time';
import { useText } from '../i18n';
import { useLiveText } from '../i18n/live';
import type { SignedIn } from '../signed-in';
import { Choice } from '../ui/choice';
import { FaultBox } from '../ui/fault';
import { HoldButton } from '../ui/hold-button';
import { useBusy } from '../ui/use-busy';
import { handIn, prepareGrant, type Prepared } from './grant';
import { classesOf, ownAreas, type LiveFacts } from './live-facts';
import type { LiveSession } from './live-session';
import { Reach } from './reach';
import { canWait, keepWaiting } from './session-key';

interface Props extends SignedIn {
  readonly live: LiveSession;
  readonly facts: LiveFacts;
}

const MINUTES = [1, 2, 5, 10] as const;

/** What reaches far or is severe: written, read back, signed and handed in, to be begun when others have signed. */
export function AskForm({ live, facts, api, session, clock }: Props): ReactNode {
  const { t } = useText();
  const { w, words, language } = useLiveText();
  const { busy, fault, run } = useBusy();
  const [named, setNamed] = useState<MessageClass>(classesOf(session.tier)[0] ?? 'notice');
  const [severity, setSeverity] = useState<Severity>('none');
  const [title, setTitle] = useState('');
  const [text, setText] = useState('');
  const own = ownAreas(facts.areas, session.platform);
  const [areas, setAreas] = useState<readonly string[]>(own.slice(0, 1).map(({ id }) => id));
  const [minutes, setMinutes] = useState<number>(5);
  const [keyAt, setKeyAt] = useState(0);
  const [prepared, setPrepared] = useState<Prepared | null>(null);
  const [waits, setWaits] = useState(true);
  useEffect(() => void canWait().then(setWaits), []);
  const held = facts.keys[keyAt]?.held;
  const all = [...own, ...facts.areas.filter(({ platform }) => platform !== session.platform)];
  const isOpen = named === 'emergency' || named === 'advisory';

  const handInAndWait = (it: Prepared): void => void run(async () => {
    if (held === undefined) return;
    await keepWaiting({ message: it.message.id, key: it.key });
    const { id, state } = await handIn(api, it, held, true, clock, () => undefined);
    live.tell({ kind: 'waits', message: id, signed: state === 'approved' });
  });
  if (prepared !== null) {
    const { message, live: voice, consequence } = prepared;
    return (
      <div className="paper actual" id="ask-paper" data-digest={prepared.digest}>
        <h2>{w('ask.readBack')}</h2>
        <p><strong className={`severity ${message.severity}`}>{t(`severity.${message.severity}`)}</strong> {t(`class.${message.class}`)}</p>
        <p className="title">{message.texts[0]?.title}</p>
        <p className="text">{message.texts[0]?.text}</p>
        <ul className="reach">
          <li>{w('ask.live', { minutes: Math.ceil(voice.maxDurationMs / 60_000) })}</li>
          <li>{message.targets.areas.map((id) => facts.areas.find((area) => area.id === id)?.name ?? id).join(' · ')}</li>
          <li>{w('ask.until', { until: clockTime(message.notAfter, language) })}</li>
          <li>{w('ask.wants', { n: consequence.steps.reduce((sum, { count }) => sum + count, 0) })}</li>
        </ul>
        <Reach consequence={consequence} />
        {consequence.verification !== 'none' && facts.keys[keyAt]?.verifies === false && <p className="warning" id="wants-verification">{w(consequence.verification === 'all' ? 'ask.allVerify' : 'ask.oneVerifies')}</p>}
        <FaultBox fault={fault} own={words} />
        <HoldButton id="ask-hold" label={w('ask.hold')} holding={w('holding')} disabled={busy} onHeld={() => handInAndWait(prepared)} />
        <p className="actions"><button id="edit" type="button" onClick={() => setPrepared(null)}>{w('ask.edit')}</button></p>
      </div>
    );
  }
  if (!waits) return <p className="warning" id="cannot-wait">{w('ask.cannotWait')}</p>;
  const classes = classesOf(session.tier);
  return (
    <div className="ask" id="ask">
      <h2>{w('ask.title')}</h2>
      <p className="note">{w('ask.intro')}</p>
      <label>{w('ask.class')}<select id="class" value={named} onChange={({ target }) => {
        const next = classSchema.safeParse(target.value).data ?? named;
        setNamed(next);
        setSeverity(next === 'emergency' || next === 'advisory' ? 'orange' : 'none');
      }}>{classes.map((name) => <option key={name} value={name}>{t(`class.${name}`)}</option>)}</select></label>
      {isOpen && <label>{w('ask.severity')}<select id="severity" value={severity} onChange={({ target }) => setSeverity(severitySchema.safeParse(target.value).data ?? severity)}>{severitySchema.options.map((one) => <option key={one} value={one}>{t(`severity.${one}`)}</option>)}</select></label>}
      <label>{w('words.title')}<input id="ask-title" value={title} maxLength={LIMITS.titleChars} onChange={({ target }) => setTitle(target.value)} /></label>
      <label>{w('words.text')}<textarea id="ask-text" value={text} maxLength={LIMITS.textChars} onChange={({ target }) => setText(target.value)} /></label>
      <fieldset className="areas">
        <legend>{w('ask.areas')}</legend>
        {all.map(({ id, name, terminals, online }) => (
          <label key={id} className="reason-choice"><input type="checkbox" value={id} checked={areas.includes(id)} onChange={({ target }) => setAreas(target.checked ? [...areas, id] : areas.filter((one) => one !== id))} />{w('area', { name, terminals, online })}</label>
        ))}
      </fieldset>
      <Choice id="minutes" label={w('ask.minutes')} at={MINUTES.findIndex((one) => one === minutes)} choose={(at) => setMinutes(MINUTES[at] ?? 5)} options={MINUTES.map(String)} />
      {facts.keys.length > 1 && <Choice id="ask-key" label={w('withKey')} at={keyAt} choose={setKeyAt} options={facts.keys.map(({ held: { name }, verifies }) => `${name} · ${t(verifies ? 'keys.kind.passkey' : 'keys.kind.software')}`)} />}
      <FaultBox fault={fault} own={words} />
      <p className="actions"><button id="ask-read" className="primary" type="button" disabled={busy || title.trim() === '' || text.trim() === '' || areas.length === 0} onClick={() => void run(async () => {
        setPrepared(await prepareGrant(api, { class: named, severity: isOpen ? severity : 'none', eventType: named === 'governance' ? 'village-notice' : 'notice', title, text, areas, permit: null, maxDurationMs: minutes * 60_000 }, session, clock));
      })}>{w('ask.read')}</button></p>
    </div>
  );
}
