import type { AreaId, IsolateId, MessageClass, Mode, PlatformId, Tier } from '#libs/contracts';
import type { AreaChain } from './areas';
import { TIERS } from './classes';

/** What a terminal remembers of a verified isolate until `notAfter`. Plain JSON. */
export interface Isolation {
  readonly isolateId: IsolateId;
  readonly platform: PlatformId;
  /** Of the platform that closed its area: what comes from above this tier is shut out. */
  readonly tier: Tier;
  readonly area: AreaId;
  readonly notAfter: number;
  /** Classes that sound all the same (`root.alwaysSounds`) when they are meant; a drill never does. */
  readonly except: readonly MessageClass[];
}

/**
 * Whether an isolation shuts this message out at a terminal standing in these areas (design 4 "isolate"): inside its
 * area, before its end, from a tier above its signer's, and not an actual message of an excepted class: a closed area has
 * trouble enough without somebody else's drill. `tier` is the message's platform's.
 */
export function silencedByIsolation(
  message: { readonly class: MessageClass; readonly mode: Mode; readonly tier: Tier }, isolation: Isolation, chain: AreaChain, now: number,
): boolean {
  return now < isolation.notAfter
    && chain.some((area) => area.id === isolation.area)
    && TIERS[message.tier].rank > TIERS[isolation.tier].rank
    && !(message.mode === 'actual' && isolation.except.includes(message.class));
}
