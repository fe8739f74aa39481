import { useCallback, useEffect, useState, type ReactNode } from 'react';
import { SOURCE_AWAY_MS } from '#libs/contracts';
import { useLiveText } from '../i18n/live';
import { stayHere } from '../route';
import { LevelMeter } from './level-meter';
import type { LiveSession } from './live-session';
import type { OnAir } from './live-state';
import { isOfBefore, nowOf } from './now-of';
import { hourOf, minutesOf, secondsLeft } from './words-of-time';

/** A break this short may pass unheard; after it the speaker is told that nobody hears. */
const SHORT_BREAK_MS = 5_000;
const SHOWN_MS = 6_000;

/** While it sounds: what to do now in the largest letters, then the end, then the figures. */
export function OnAirPanel({ live, state }: { readonly live: LiveSession; readonly state: OnAir }): ReactNode {
  const { w } = useLiveText();
  const level = useCallback(() => live.level, [live]);
  const [wantsOut, setWantsOut] = useState(false);
  useEffect(() => stayHere(() => setWantsOut(true)), []);
  useEffect(() => {
    if (!wantsOut) return undefined;
    const timer = window.setTimeout(() => setWantsOut(false), SHOWN_MS);
    return () => window.clearTimeout(timer);
  }, [wantsOut]);
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent): void => {
      event.preventDefault();
      // Chromium before 119 asks for this alone.
      Object.assign(event, { returnValue: '-' });
    };
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, []);
  const { silence, ending, heard, refused, times, leftMs } = state;
  const isHeard = silence !== 'held' && state.away === null && !state.isSilent && state.microphone === 'open' && state.unheard?.isLong !== true;
  return (
    <div className={`on-air ${state.phase} ${isHeard ? '' : 'not-heard'}`} id="on-air" data-phase={state.phase} data-silence={silence} data-away={state.away !== null} data-microphone={state.microphone} data-unheard={state.unheard?.isLong === true}>
      <p className="now" role="status" id="now">{nowOf(state, w)}</p>
      {silence === 'held' && !ending
        ? <button id="resume" className="primary wide" type="button" onClick={() => live.resume()}>{w('air.resume')}</button>
        : <LevelMeter level={level} />}
      <Trouble state={state} />
      {wantsOut && <p className="warning" id="stay">{w('air.stay')}</p>}
      <button id="end" className="end" type="button" disabled={ending} onClick={() => void live.finish()}>{w(ending ? 'air.ending' : 'air.end')}</button>
      <ul className="reach">
        <li id="left">{w('air.left', { time: minutesOf(leftMs) })} · {w('air.said', { time: minutesOf(times.until - times.from - leftMs) })}</li>
        <li id="heard" data-proved={heard?.proved ?? 0} data-targeted={heard?.targeted ?? 0}>{heard === null ? w('air.notYet') : w(isOfBefore(state) ? 'air.heardThen' : 'air.heard', { ...heard })}</li>
        {heard !== null && <li>{w('air.listening', { ...heard })}</li>}
        {refused > 0 && <li className="warning">{w('air.refused', { n: refused })}</li>}
      </ul>
    </div>
  );
}

function Trouble({ state: { away, isSilent, microphone, preempted, times, leftMs } }: { readonly state: OnAir }): ReactNode {
  const { w } = useLiveText();
  const awayMs = away === null ? 0 : Math.max(0, times.until - leftMs - away.since);
  return (
    <>
      {away !== null && (
        <p className="fault" id="away" role="alert">{away.tries > 0 && w('air.away', { tries: away.tries })} {awayMs < SHORT_BREAK_MS ? w('air.away.short') : w('air.away.long', { s: secondsLeft(SOURCE_AWAY_MS - awayMs) })}</p>
      )}
      {isSilent && <p className="fault" id="link-silent" role="alert">{w('air.away.short')}</p>}
      {microphone === 'lost' && <p className="fault" id="mic-lost" role="alert">{w('air.micLost')}</p>}
      {preempted !== null && <p className="warning" id="preempted" role="alert">{w('air.preempted', { holder: preempted.holder, title: preempted.title, terminals: preempted.terminals, until: hourOf(preempted.until) })}</p>}
    </>
  );
}
