import { Inject, Injectable } from '@nestjs/common';
import type { KeyStanding, PossessionAnswer } from '#libs/contracts';
import { possessionBytes, POSSESSION_DUE_MS, possessionState } from '#libs/domain';
import { fromBase64 } from '#libs/envelope';
import { verify } from '#libs/suites';
import { isRevoked } from '#libs/trust';
import type { Clock } from '../../../kernel/clock';
import type { Transactions } from '../../../kernel/database';
import { userError } from '../../../kernel/errors';
import { Leaves } from '../../../kernel/leaf';
import { CLOCK, TRANSACTIONS } from '../../../kernel/tokens';
import { Challenges, scopeOf, type Principal } from '../../access';
import { Trust } from '../authority';
import { PasskeyCounters } from '../passkey-counters';
import { KEYS_STORE, nameOfKey, type KeysStore } from './keys.store';

/** Once a month each person shows with one signature that the key is still there; it opens nothing and approves nothing. */
@Injectable()
export class ProvePossession {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    @Inject(KEYS_STORE) private readonly store: KeysStore,
    private readonly trust: Trust,
    private readonly challenges: Challenges,
    private readonly counters: PasskeyCounters,
    private readonly leaves: Leaves,
  ) {}

  /** Refuses KEY_UNKNOWN (not the caller's in the roster in force, or revoked), KEY_PROOF, CHALLENGE_OVER. */
  async run(caller: Principal, { keyId, challenge, sig }: PossessionAnswer): Promise<readonly KeyStanding[]> {
    const { platform, person } = caller;
    const state = this.trust.state();
    const key = state.rosters.get(platform)?.value.persons.find(({ id }) => id === person)?.keys.find((one) => one.keyId === keyId);
    if (key === undefined || isRevoked(state, platform, keyId) !== undefined) throw userError('KEY_UNKNOWN', 'This key is not yours in the roster in force.');
    if (!verify(key, possessionBytes({ platform, person, keyId, challenge }), fromBase64(sig) ?? new Uint8Array())) throw userError('KEY_PROOF', 'The signature does not hold.', { status: 403 });
    await this.transactions.run(async (tx) => {
      if (!(await this.challenges.spend(tx, challenge))) throw userError('CHALLENGE_OVER', 'The challenge is over or was used: ask for another one.', { status: 409 });
      await this.counters.rise(tx, [{ signatures: [{ keyid: keyId, sig }] }]);
      await this.store.show(scopeOf(caller), tx, { platform, keyId }, Math.trunc(this.clock.now()));
      await this.leaves.insert(tx, { platform, kind: 'key.shown', subject: person, facts: { keyId, session: caller.session } });
    });
    return this.list(caller, 'own');
  }

  /** Keys in the rosters in force: the caller's, or those of every platform in reach. */
  async list(caller: Principal, whose: 'own' | 'all'): Promise<readonly KeyStanding[]> {
    const scope = scopeOf(caller);
    const [now, state, shown] = [this.clock.now(), this.trust.state(), await this.store.shown(scope)];
    return [...state.rosters.values()].filter(({ value }) => scope.covers(value.platform)).flatMap(({ value: { platform, persons } }) =>
      persons.filter(({ id }) => whose === 'all' || (id === caller.person && platform === caller.platform)).flatMap(({ id, keys }) => keys.map(({ keyId, alg }): KeyStanding => {
        const shownAt = shown.get(nameOfKey({ platform, keyId })) ?? null;
        const isOut = isRevoked(state, platform, keyId) !== undefined;
        return {
          platform, person: id, keyId, alg, shownAt, dueAt: shownAt === null ? null : shownAt + POSSESSION_DUE_MS,
          state: isOut ? 'revoked' : possessionState(shownAt ?? now, now),
        };
      })));
  }
}
