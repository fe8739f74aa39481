import type { PlatformId } from '#libs/contracts';

/**
 * Whose rows a store may touch. Every store method takes one first. Only `features/access/scope.ts` makes scopes
 * (an architecture test holds that): from a signed-in principal, or for a worker of the server with its reason.
 */
export class Scope {
  private constructor(
    /** Platforms in reach; null is every platform this server hosts. Goes into SQL as `$n::text[]`. */
    readonly platforms: readonly PlatformId[] | null,
    /** Who or what asks: an account, or `server: <reason>`. For logs and leaves. */
    readonly holder: string,
  ) {}

  /** For `features/access/scope.ts` alone. */
  static mint(platforms: readonly PlatformId[] | null, holder: string): Scope {
    return new Scope(platforms, holder);
  }

  covers(platform: PlatformId): boolean {
    return this.platforms === null || this.platforms.includes(platform);
  }
}
