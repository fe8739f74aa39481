import { LIMITS } from '#libs/contracts';
import { refuse, type Refused } from './result';

const DAY = 86_400_000;

/** A charter or roster lasts, and 400 days at most (design 4). */
export function windowFault({ issuedAt, expiresAt }: { readonly issuedAt: number; readonly expiresAt: number }): Refused | undefined {
  return expiresAt <= issuedAt || expiresAt > issuedAt + LIMITS.expiryDays * DAY ? refuse('REJ_WIDENS', 'expiresAt') : undefined;
}
