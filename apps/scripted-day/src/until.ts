import { systemClock } from '../../cli/src';

/** Asks until the answer is there; undefined when the time is over. Asking that fails counts as not yet. */
export async function until<T>(limitMs: number, ask: () => Promise<T | undefined>, everyMs = 200): Promise<T | undefined> {
  const end = systemClock.now() + limitMs;
  for (;;) {
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined) return answer;
    if (systemClock.now() >= end) return undefined;
    await systemClock.sleep(everyMs);
  }
}
