import type { AreaId, Digest, Stop, Tier } from '#libs/contracts';
import { TIERS } from './classes';
import type { AreaChain } from './areas';

/** What a terminal remembers of a verified stop until `until`: whom it silences, where and what. */
export interface Tombstone {
  readonly stopId: Stop['stopId'];
  readonly tier: Tier;
  readonly area: AreaId;
  readonly issuedAt: number;
  readonly scope: Stop['scope'];
  readonly until: number;
}

/** The message a stop is asked about; `tier` is its platform's. */
export interface Stoppable {
  readonly digest: Digest;
  /** When it was issued; of a correction, when a stopper consented to it, for it waits from before the stop that it explains. */
  readonly issuedAt: number;
  readonly tier: Tier;
  /** The stop after which a stopper let it go on: that one no longer counts. */
  readonly resumes?: Stop['stopId'] | null;
}

/**
 * Whether a stop reaches this message on a terminal standing in these areas (design 4 "Stop"): inside its area, of its
 * signer's tier or below, and either named or, for `all`, issued before it. The message's own time counts, not the
 * dispatch's, so that a stolen dispatcher cannot bring back by a new date what was silenced.
 */
export function silences(stop: Tombstone, message: Stoppable, chain: AreaChain): boolean {
  if (stop.stopId === message.resumes || !chain.some((area) => area.id === stop.area)) return false;
  if (TIERS[message.tier].rank > TIERS[stop.tier].rank) return false;
  switch (stop.scope.kind) {
    case 'messages': return stop.scope.messages.includes(message.digest);
    case 'all': return message.issuedAt <= stop.issuedAt;
  }
}
