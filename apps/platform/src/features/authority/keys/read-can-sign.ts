import { Inject, Injectable } from '@nestjs/common';
import type { CanSign, Charter, PlatformId, Roster } from '#libs/contracts';
import { canSignNow, possessionState, type KeyUsability } from '#libs/domain';
import { isRevoked, officersOf } from '#libs/trust';
import type { Clock } from '../../../kernel/clock';
import { userError } from '../../../kernel/errors';
import type { Scope } from '../../../kernel/scope';
import { CLOCK } from '../../../kernel/tokens';
import { Trust } from '../authority';
import { chartersInOrder } from '../trust-keeper';
import { KEYS_STORE, nameOfKey, type KeysStore } from './keys.store';

type Unsigned = CanSign['unsigned'][number];

/** Of every platform in scope whether enough people could sign now, by the rosters in force and when keys were last shown; where charter or roster fell, nobody, and who must sign what. */
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
    const fallen = this.trust.fallen();
    const charters = [...chartersInOrder(state), ...[...fallen.charters.values()].map(({ value }) => value)];
    return charters.filter((charter) => scope.covers(charter.platform) && (platform === undefined || charter.platform === platform)).map((charter) => {
      const { platform: id, name } = charter;
      const roster = state.rosters.get(id)?.value;
      if (roster === undefined || !state.charters.has(id)) return { platform: id, name, checkedAt: now, ...silenced(charter, roster ?? fallen.rosters.get(id)?.value), unsigned: this.unsigned(charter) };
      const usability = ({ keyId }: { readonly keyId: string }): KeyUsability => {
        if (isRevoked(state, id, keyId) !== undefined) return 'revoked';
        return possessionState(shown.get(nameOfKey({ platform: id, keyId })) ?? now, now) === 'stale' ? 'stale' : 'usable';
      };
      const { enough, persons, cases } = canSignNow({ charter, roster, usability });
      return { platform: id, name, checkedAt: now, enough, persons: [...persons], cases: [...cases], unsigned: [] };
    });
  }

  private unsigned(charter: Charter): Unsigned[] {
    const state = this.trust.state();
    const { platform, parent } = charter;
    const { value: root } = state.root;
    const of = (word: Unsigned['word'], by: Pick<Unsigned, 'threshold'> & { readonly signers: readonly string[] }): Unsigned =>
      ({ word, version: (state.floors.get(`${word}:${platform}`)?.version ?? 0) + 1, threshold: by.threshold, signers: [...by.signers] });
    const byParent = parent === null ? { threshold: root.threshold, signers: root.keys.map(({ keyId }) => keyId) } : officersOf(state, parent);
    return [
      ...(state.charters.has(platform) ? [] : [of('charter', byParent)]),
      ...(state.rosters.has(platform) ? [] : [of('roster', officersOf(state, platform, charter))]),
    ];
  }
}

/** Whoever the last roster named: none of them counts, whatever key they show. */
function silenced(charter: Charter, roster: Roster | undefined): Pick<CanSign, 'enough' | 'persons' | 'cases'> {
  if (roster === undefined) return { enough: false, persons: [], cases: [] };
  const { persons, cases } = canSignNow({ charter, roster, usability: () => 'revoked' });
  return { enough: false, persons: persons.map((one) => ({ ...one, why: one.why === 'no-key' ? one.why : 'fallen' })), cases: [...cases] };
}
