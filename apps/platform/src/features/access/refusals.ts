import { ClarionError, userError } from '../../kernel/errors';

/** One sentence for every reason: nothing tells which accounts exist (threats T13). */
export function authFailed(): ClarionError {
  return userError('AUTH_FAILED', 'The account, the password or the second factor does not match.', { status: 401 });
}

/** Said to every account and every password alike: with a second factor we say whether they were right. */
export function secondFactorWanted(): ClarionError {
  return userError('SECOND_FACTOR_WANTED', 'This server wants a second factor: a code, or an enrolled phone.', {
    status: 401,
    fields: [
      { path: 'code', code: 'SECOND_FACTOR_WANTED', sentence: 'Six digits of your authenticator app, or a recovery code.' },
      { path: 'device', code: 'SECOND_FACTOR_WANTED', sentence: 'Or the answer of an enrolled phone to a challenge.' },
    ],
  });
}

/** The throttle asks to wait; the answer says how long. */
export class SignInThrottled extends ClarionError {
  readonly retryAfterSeconds: number;

  constructor(retryAfterMs: number) {
    const seconds = Math.ceil(retryAfterMs / 1_000);
    super('TOO_MANY_REQUESTS', `Too many failed attempts. Try again in ${seconds} s, by passkey, or with an officer's unlock code.`);
    this.retryAfterSeconds = seconds;
  }
}

/** Whoever must wait is told how long. */
export async function sayingWhen<T>(response: { setHeader(name: string, value: string): unknown }, doing: Promise<T>): Promise<T> {
  try {
    return await doing;
  } catch (cause) {
    if (cause instanceof SignInThrottled) response.setHeader('Retry-After', String(cause.retryAfterSeconds));
    throw cause;
  }
}
