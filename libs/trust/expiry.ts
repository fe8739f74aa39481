import type { Charter, MessageClass, Root, Roster } from '#libs/contracts';
import { ok, refuse, type Result } from './result';
import type { TrustState } from './trust-state';

const DAY = 86_400_000;

/**
 * Whether charter and roster still carry a message of this class. After expiry emergency goes on for the root's signed
 * grace and is marked; everything else stops (design 4). A platform stands on its own two documents: one above that
 * expired does not silence it. The district's charter comes from the root, so there the root's expiry counts too.
 */
export function judgeExpiry(root: Root, charter: Charter, roster: Roster, messageClass: MessageClass, now: number): Result<{ readonly inGrace: boolean }> {
  const charterUntil = charter.parent === null ? Math.min(charter.expiresAt, root.expiresAt) : charter.expiresAt;
  const graceMs = messageClass === 'emergency' ? root.graceDays * DAY : 0;
  if (now >= charterUntil + graceMs) return refuse('REJ_CHARTER_EXPIRED');
  if (now >= roster.expiresAt + graceMs) return refuse('REJ_ROSTER_EXPIRED');
  return ok({ inGrace: now >= charterUntil || now >= roster.expiresAt });
}

/** How far a platform's papers still carry it: everything, emergencies by the root's grace alone, or nothing any more. */
export function papersStage({ root }: TrustState, charter: Charter, roster: Roster, now: number): 'in-force' | 'grace' | 'over' {
  const expiry = judgeExpiry(root.value, charter, roster, 'emergency', now);
  if (!expiry.ok) return 'over';
  return expiry.value.inGrace ? 'grace' : 'in-force';
}
