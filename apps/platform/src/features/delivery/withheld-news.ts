import { LIMITS, type Health, type TerminalId } from '#libs/contracts';

/** So long a terminal may go on saying that its news are old after the first answer: what came back after days has the answer under way. */
const ANSWERED_FOR_MS = 60_000;
const OLD: readonly Health['state'][] = ['degraded', 'emergency-only'];

interface Series { readonly since: number; readonly lastAt: number }

/**
 * Which terminals say that they hear no signed time although each of their exchanges was answered with one: somebody in
 * the path lets their words through and keeps ours away (threat T32). Who is not heard at all is offline, and that is
 * no incident: a village without power looks the same. Unix ms.
 */
export class WithheldNews {
  private readonly answered = new Map<TerminalId, Series>();

  /** One exchange of a terminal; `isAnswered`: a beacon goes back to it. True when news are kept from it. */
  heard(terminal: TerminalId, state: Health['state'], isAnswered: boolean, now: number): boolean {
    const before = this.answered.get(terminal);
    if (!isAnswered) {
      this.answered.delete(terminal);
      return false;
    }
    const goesOn = before !== undefined && now >= before.lastAt && now - before.lastAt <= LIMITS.offlineAfterMs;
    const since = goesOn ? before.since : now;
    this.answered.set(terminal, { since, lastAt: now });
    return OLD.includes(state) && now - since >= ANSWERED_FOR_MS;
  }
}
