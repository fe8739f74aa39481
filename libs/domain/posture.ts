import type { PlatformId } from '#libs/contracts';

/**
 * So many terminals must tell of it where none shows it. One alone may be the one that was stolen, and whoever holds its
 * key must not be able to silence a village; a platform that has only one is believed by it.
 */
const WITNESSES = 2;
/** An attack that ended longer ago than this needs no answer any more. */
const RECENT_MS = 60_000;

/** What an incident says that may ask for a posture. */
export interface Suspicion {
  /** Whose valid dispatcher key somebody else used; null where no key had to hold. */
  readonly signer: PlatformId | null;
  /** Whether a terminal handed in the refused command itself, and the signer's key holds over it: then nobody's word is needed. */
  readonly isProved: boolean;
  /** Terminals that told of it while it happened. */
  readonly witnesses: number;
  readonly lastAt: number;
  readonly isClosed: boolean;
}

export interface PostureFacts {
  /** Of the platform attacked. */
  readonly terminals: number;
  /** Until when such an answer stands there already, Unix ms; 0 when none does. */
  readonly standingUntil: number;
  /** How long an answer lasts by the installation's setting; 0 leaves it to people. */
  readonly lengthMs: number;
}

/**
 * Whether a platform answers by keeping everyday classes silent there for a while (design 4 "restriction"): commands that
 * carried a valid key, refused for what no genuine command of it meets, and which the platform has not sent itself. Never
 * for what anybody could send, so that nobody silences a village by knocking.
 */
export function wantsPosture(suspicion: Suspicion, { terminals, standingUntil, lengthMs }: PostureFacts, now: number): boolean {
  return suspicion.signer !== null && !suspicion.isClosed && lengthMs > 0
    && (suspicion.isProved || suspicion.witnesses >= Math.min(WITNESSES, Math.max(1, terminals)))
    && now - suspicion.lastAt <= RECENT_MS
    && standingUntil <= now;
}
