import type { Factor, PersonId, PlatformId, Role, Tier } from '#libs/contracts';

/** A signed-in account, as the database knows it at this request: roles come from the roster in force. */
export interface Principal {
  readonly session: string;
  readonly account: string;
  readonly title: string;
  readonly person: PersonId;
  readonly platform: PlatformId;
  readonly tier: Tier;
  readonly roles: readonly Role[];
  /** Own platform and every one below it. */
  readonly platforms: readonly PlatformId[];
  readonly expiresAt: number;
  /** How this session was opened; `enrol` carries no role. */
  readonly factor: Factor;
  /** When it ends unless somebody does something before. */
  readonly idleAt: number;
}

/** Whether something that travelled as `unknown` (a socket's data) is the principal that our own authenticator put there. */
export function isPrincipal(value: unknown): value is Principal {
  return typeof value === 'object' && value !== null && 'session' in value && 'account' in value && 'platforms' in value && 'roles' in value;
}
