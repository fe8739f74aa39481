/** Failed sign-ins of one account from one address. */
export interface AttemptsFromAddress {
  /** Failures since the last success. */
  readonly failures: number;
  /** Unix ms of the last failure; 0 when there is none. */
  readonly lastFailureAt: number;
  /** Unix ms of the last success from this address; 0 when there is none. */
  readonly lastSuccessAt: number;
}

export interface ThrottleFacts {
  readonly now: number;
  readonly here: AttemptsFromAddress;
  /** Failures of the account within the last hour from addresses it never signed in from. */
  readonly strangerFailuresLastHour: number;
}

/** The first mistakes cost nothing; then the wait doubles: 2 s, 4 s ... 15 min. */
const FREE_FAILURES = 3;
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 15 * 60_000;
/** However many addresses are used, an account's password is tried at most so often in an hour. */
export const STRANGER_FAILURES_PER_HOUR = 20;
export const HOUR_MS = 3_600_000;
/** A device that signed in before, and a session, has its own mistakes in an hour, whatever others do. */
export const OWN_FAILURES_PER_HOUR = 10;
/** An address from which the account signed in stays known so long; attempts from elsewhere do not lock it out. */
const KNOWN_MS = 30 * 24 * HOUR_MS;

export type ThrottleAnswer = { readonly allowed: true } | { readonly allowed: false; readonly retryAfterMs: number };

/**
 * Whether somebody without a known device's token may try a password now (threats T02). Per account and address the wait
 * doubles; per account the attempts from unknown addresses are capped, and an address it signed in from before is outside
 * that cap. Whoever guesses behind the same address, or from everywhere, makes these wait; what tells a person's own device
 * from them is its token (`KnownDevices`), which is not judged here.
 */
export function judgeAttempt({ now, here, strangerFailuresLastHour }: ThrottleFacts): ThrottleAnswer {
  const over = here.failures - FREE_FAILURES;
  if (over >= 0) {
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(over, 20));
    const left = here.lastFailureAt + wait - now;
    if (left > 0) return { allowed: false, retryAfterMs: left };
  }
  if (!isKnownAddress(here, now) && strangerFailuresLastHour >= STRANGER_FAILURES_PER_HOUR) {
    return { allowed: false, retryAfterMs: LONGEST_WAIT_MS };
  }
  return { allowed: true };
}

export function isKnownAddress(here: AttemptsFromAddress, now: number): boolean {
  return here.lastSuccessAt > 0 && now - here.lastSuccessAt < KNOWN_MS;
}
