import { judgeAttempt, STRANGER_FAILURES_PER_HOUR, type AttemptsFromAddress } from '../../../../../../apps/platform/src/features/access/throttle';

const NOW = 1_000_000_000;
const here = (set: Partial<AttemptsFromAddress> = {}): AttemptsFromAddress => ({ failures: 0, lastFailureAt: 0, lastSuccessAt: 0, ...set });
const judge = (set: Partial<AttemptsFromAddress>, strangerFailuresLastHour = 0) => judgeAttempt({ now: NOW, here: here(set), strangerFailuresLastHour });

describe('the sign-in throttle', () => {
  it('lets the first three mistakes pass at once', () => {
    for (const failures of [0, 1, 2]) expect(judge({ failures, lastFailureAt: NOW })).toEqual({ allowed: true });
  });

  it('doubles the wait with each further mistake, up to 15 minutes', () => {
    const waits = [3, 4, 5, 12, 40].map((failures) => judge({ failures, lastFailureAt: NOW }));
    expect(waits.map((wait) => (wait.allowed ? 0 : wait.retryAfterMs))).toEqual([2_000, 4_000, 8_000, 900_000, 900_000]);
    expect(judge({ failures: 3, lastFailureAt: NOW - 2_000 })).toEqual({ allowed: true });
  });

  it('caps what all strangers together may try in an hour, and leaves the person\'s own address out of it', () => {
    expect(judge({}, STRANGER_FAILURES_PER_HOUR - 1)).toEqual({ allowed: true });
    expect(judge({}, STRANGER_FAILURES_PER_HOUR).allowed).toBe(false);
    expect(judge({ lastSuccessAt: NOW - 86_400_000 }, 10_000)).toEqual({ allowed: true });
    expect(judge({ lastSuccessAt: NOW - 31 * 86_400_000 }, 10_000).allowed).toBe(false);
  });
});
