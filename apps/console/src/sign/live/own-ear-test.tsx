import { useRef, useState, type ReactNode } from 'react';
import type { Clock } from '../../clock';
import { useLiveText } from '../i18n/live';
import { faultOf } from '../ui/fault';
import { loudnessOf, type Loudness } from './level';
import { LevelMeter } from './level-meter';
import type { LiveSession } from './live-session';
import { testOwnEar } from './own-ear';

/** Three seconds that nobody else hears. */
export function OwnEarTest({ live, clock }: { readonly live: LiveSession; readonly clock: Clock }): ReactNode {
  const { w } = useLiveText();
  const [part, setPart] = useState<'recording' | 'playing' | null>(null);
  const [loudness, setLoudness] = useState<Loudness | null>(null);
  const level = useRef(-Infinity);
  const test = (): void => {
    setPart('recording');
    setLoudness(null);
    live.tell({ kind: 'test', part: 'recording' });
    testOwnEar(clock, {
      level: (dbfs) => { level.current = dbfs; },
      playing: () => {
        setPart('playing');
        live.tell({ kind: 'test', part: 'playing' });
      },
    }).then(({ loudestDbfs }) => {
      setLoudness(loudnessOf(loudestDbfs));
      live.tell({ kind: 'tested', fault: null });
    }, (cause: unknown) => live.tell({ kind: 'tested', fault: faultOf(cause) })).finally(() => setPart(null));
  };
  return (
    <div className="own-ear">
      <button id="own-ear" type="button" disabled={part !== null} onClick={test}>{w('ear')}</button>
      {part === 'recording' && <p role="status">{w('ear.recording')} <LevelMeter level={() => level.current} /></p>}
      {part === 'playing' && <p role="status">{w('ear.playing')}</p>}
      {loudness !== null && <p className={loudness === 'good' ? 'compared' : 'warning'} id="loudness" data-loudness={loudness}>{w(`ear.${loudness}`)}</p>}
    </div>
  );
}
