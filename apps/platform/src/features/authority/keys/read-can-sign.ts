import { Inject, Injectable } from '@nestjs/common';
import type { CanSign, PlatformId } from '#libs/contracts';
import { canSignNow, possessionState, type SigningNow } from '#libs/domain';
import { isRevoked } from '#libs/trust';
import type { Clock } from '../../../kernel/clock';
import { userError } from '../../../kernel/errors';
import type { Scope } from '../../../kernel/scope';
import { CLOCK } from '../../../kernel/tokens';
import { Trust } from '../authority';
import { chartersInOrder } from '../trust-keeper';
import { KEYS_STORE, nameOfKey, type KeysStore } from './keys.store';

/** Of every platform in scope whether enough people could sign now, by the rosters in force and when keys were last shown. */
@Injectable()
export class ReadCanSign {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(KEYS_STORE) private readonly store: KeysStore,
    private readonly trust: Trust,
  ) {}

  /** Refuses NOT_FOUND for a platform that is named and out of scope. */
  async run(scope: Scope, platform?: PlatformId): Promise<readonly CanSign[]> {
    if (platform !== undefined && !scope.covers(platform)) throw userError('NOT_FOUND', 'There is no such platform in your reach.');
    const now = Math.trunc(this.clock.now());
    const shown = await this.store.shown(scope);
    const state = this.trust.state();
    return chartersInOrder(state).filter((charter) => scope.covers(charter.platform) && (platform === undefined || charter.platform === platform)).flatMap((charter) => {
      const roster = state.rosters.get(charter.platform)?.value;
      if (roster === undefined) return [];
      const { enough, persons, cases }: SigningNow = canSignNow({
        charter, roster,
        usability: ({ keyId }) => {
          if (isRevoked(state, charter.platform, keyId) !== undefined) return 'revoked';
          return possessionState(shown.get(nameOfKey({ platform: charter.platform, keyId })) ?? now, now) === 'stale' ? 'stale' : 'usable';
        },
      });
      return [{ platform: charter.platform, name: charter.name, checkedAt: now, enough, persons: [...persons], cases: [...cases] }];
    });
  }
}
