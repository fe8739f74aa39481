import { useEffect, useRef, type ReactNode } from 'react';
import { useLiveText } from '../i18n/live';

const LEAST_DBFS = -60;
const EVERY_MS = 100;

/** How loud the microphone is; reads `level` (dBFS) ten times a second by itself. */
export function LevelMeter({ level }: { readonly level: () => number }): ReactNode {
  const { w } = useLiveText();
  const meter = useRef<HTMLMeterElement>(null);
  useEffect(() => {
    const timer = window.setInterval(() => {
      if (meter.current !== null) meter.current.value = Math.max(LEAST_DBFS, level());
    }, EVERY_MS);
    return () => window.clearInterval(timer);
  }, [level]);
  return <meter ref={meter} id="level" aria-label={w('level')} min={LEAST_DBFS} max={0} low={-38} high={-6} optimum={-20} value={LEAST_DBFS} />;
}
