import { useCallback, useEffect, useRef, useState, type ReactNode } from 'react';
import { useText } from '../i18n';
import { listenedPermille, playedOf, type HeardSegment } from './audio';

/** The verified recordings, one after the other or each by itself; tells how much has really played. */
export function Listen({ heard, onListened }: { readonly heard: readonly HeardSegment[]; readonly onListened: (permille: number) => void }): ReactNode {
  const { t } = useText();
  const players = useRef<(HTMLAudioElement | null)[]>([]);
  const played = useRef<number[]>([]);
  const inTurn = useRef(false);
  const [permille, setPermille] = useState(0);
  const [isPlaying, setPlaying] = useState(false);

  const measure = useCallback((at: number): void => {
    const [audio, one] = [players.current[at], heard[at]];
    if (audio === null || audio === undefined || one === undefined) return;
    played.current[at] = Math.max(played.current[at] ?? 0, playedOf(audio, one.segment.durationMs));
    const now = listenedPermille(heard.map(({ segment }) => segment), played.current);
    setPermille(now);
    onListened(now);
  }, [heard, onListened]);

  const play = useCallback((at: number): void => {
    const audio = players.current[at];
    if (audio === null || audio === undefined) {
      inTurn.current = false;
      setPlaying(false);
      return;
    }
    audio.currentTime = 0;
    audio.play().catch(() => setPlaying(false));
  }, []);

  useEffect(() => () => {
    for (const audio of players.current) audio?.pause();
  }, []);

  const toggle = (): void => {
    for (const audio of players.current) audio?.pause();
    inTurn.current = !isPlaying;
    setPlaying(!isPlaying);
    if (!isPlaying) play(0);
  };
  return (
    <div className="listen">
      <button id="listen" type="button" onClick={toggle}>{t(isPlaying ? 'listen.pause' : 'listen.all')}</button>
      <span id="listened" data-permille={permille}>{t('listen.share', { percent: Math.floor(permille / 10) })}</span>
      <ol>
        {heard.map(({ segment, url }, at) => (
          <li key={`${at} ${segment.sha256}`}>
            <span>{t(`segment.${segment.role}`)} {(segment.durationMs / 1000).toFixed(1)} s</span>
            <audio
              ref={(audio) => { players.current[at] = audio; }} src={url} controls preload="auto"
              onTimeUpdate={() => measure(at)} onPause={() => measure(at)}
              onEnded={() => { measure(at); if (inTurn.current) play(at + 1); }}
            />
          </li>
        ))}
      </ol>
    </div>
  );
}
