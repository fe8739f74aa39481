import { systemClock } from '../../apps/platform/src/kernel/clock';
import { chooseFreePort } from '../../apps/platform/src/kernel/database/embedded/port';

/** A port of 127.0.0.1 between 20000 and 29999 that nobody listens on now. */
export function freePort(): Promise<number> {
  return chooseFreePort((count) => systemClock.random(count));
}
