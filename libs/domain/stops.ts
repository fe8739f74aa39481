import { LIMITS, type AreaId, type Digest, type Stop, type Tier } from '#libs/contracts';
import { TIERS } from './classes';
import type { AreaChain } from './areas';

/** What a terminal remembers of a verified stop until `until`: whom it silences, where and what. */
export interface Tombstone {
  readonly stopId: Stop['stopId'];
  readonly tier: Tier;
  readonly area: AreaId;
  readonly issuedAt: number;
  readonly scope: Stop['scope'];
  /** Who signed it has left since: its date, easily set back, then bounds what it names as well. */
  readonly signerLeft?: boolean;
  readonly until: number;
}

/** A stop as it counts at `now`: one dated ahead is taken as given now, so that it cannot silence what people will say tomorrow. */
export function asGivenBy<Stop extends Pick<Tombstone, 'issuedAt' | 'until'>>(stop: Stop, now: number): Stop {
  const issuedAt = now + LIMITS.earlyMs;
  return stop.issuedAt <= issuedAt ? stop : { ...stop, issuedAt, until: issuedAt + LIMITS.stopKeepMs };
}

/** A stopper's word that one stop no longer holds for a message. */
export interface TakenBack {
  readonly stopId: Stop['stopId'];
  /** When the word was given. */
  readonly consentedAt: number;
}

/** The message a stop is asked about; `tier` is its platform's. */
export interface Stoppable {
  /** Null for one that nobody can have named yet. */
  readonly digest: Digest | null;
  /** When it was issued; of a correction, when a stopper consented to it, for it waits from before the stop that it explains. */
  readonly issuedAt: number;
  readonly tier: Tier;
  /** The stops after which a stopper let it go on. */
  readonly takenBack?: readonly TakenBack[];
}

/** Whether this word takes this stop back: it names it, and was given not before it and soon enough after it (design 4 "Resume"). */
export function takesBack({ stopId, consentedAt }: TakenBack, stop: Pick<Tombstone, 'stopId' | 'issuedAt'>): boolean {
  return stopId === stop.stopId && consentedAt >= stop.issuedAt && consentedAt <= stop.issuedAt + LIMITS.resumeMs;
}

/**
 * Whether a stop reaches this message on a terminal standing in these areas (design 4 "Stop"): inside its area, of its
 * signer's tier or below, and either named or, for `all`, issued before it; not one that was taken back. The message's own time counts, not the
 * dispatch's, so that a stolen dispatcher cannot bring back by a new date what was silenced.
 */
export function silences(stop: Tombstone, message: Stoppable, chain: AreaChain): boolean {
  if (message.takenBack?.some((word) => takesBack(word, stop)) === true || !chain.some((area) => area.id === stop.area)) return false;
  if (TIERS[message.tier].rank > TIERS[stop.tier].rank) return false;
  switch (stop.scope.kind) {
    case 'messages': return message.digest !== null && stop.scope.messages.includes(message.digest) && (stop.signerLeft !== true || message.issuedAt <= stop.issuedAt);
    case 'all': return message.issuedAt <= stop.issuedAt;
  }
}
