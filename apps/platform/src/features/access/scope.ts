import { Scope } from '../../kernel/scope';
import type { Principal } from './principal';

export { Scope };

/** What a person may see and touch: the own platform and its descendants (design 6). */
export function scopeOf(principal: Pick<Principal, 'platforms' | 'account'>): Scope {
  return Scope.mint(principal.platforms, principal.account);
}

/** For workers of the server itself: every hosted platform. The reason says which worker, and is kept. */
export function serverScope(reason: string): Scope {
  return Scope.mint(null, `server: ${reason}`);
}
