import type { LiveTextKey } from '../i18n/live-zh';
import type { OnAir } from './live-state';
import { secondsLeft } from './words-of-time';

/** The one thing that the speaker must know: whoever is not heard is never told to speak. */
export function nowOf({ phase, opensInMs, ending, silence, isWarned, leftMs, away, isSilent, microphone, preempted, heard, unheard }: OnAir, w: (key: LiveTextKey, values?: Readonly<Record<string, number>>) => string): string {
  if (ending) return w('air.ending');
  if (away !== null) return w('now.away');
  if (isSilent) return w('now.silent');
  if (microphone === 'lost') return w('now.mic');
  if (preempted !== null && preempted.terminals >= (heard?.targeted ?? 0)) return w('now.preempted');
  if (phase === 'opening') return w('air.opening', { s: secondsLeft(opensInMs) });
  if (silence === 'held') return w('air.held');
  const warned = isWarned ? w('air.warned', { s: secondsLeft(leftMs) }) : undefined;
  if (unheard?.isLong === true) return [w(heard?.listening === 0 ? 'now.nobody' : 'now.unproved'), warned].filter(Boolean).join(' · ');
  if (silence === 'reminded') return w('air.reminded');
  return warned ?? w('air.speak');
}

/** Whether it is held, lost or cut off somewhere: what loudspeakers have proved is then of before. */
export function isOfBefore({ silence, away, isSilent, microphone, preempted, unheard }: OnAir): boolean {
  return silence === 'held' || away !== null || isSilent || microphone === 'lost' || preempted !== null || unheard?.isLong === true;
}
