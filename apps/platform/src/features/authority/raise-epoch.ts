import type { HistoryView } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import type { Transactions } from '../../kernel/database';
import { userError } from '../../kernel/errors';
import type { Leaves } from '../../kernel/leaf';
import { scopeOf, type Principal } from '../access';
import type { Trust } from './authority';
import type { AuthorityStore } from './authority.store';
import type { SignedBeacons } from './beacons';
import type { HistoryWatch } from './history-watch';

/**
 * GET /api/history and POST /api/history/epoch: what an older copy of the database has forgotten, and the word of an
 * officer of the district that it is known. Refuses DOCUMENTS_MISSING while a revocation, roster or charter that was in
 * force is not back: a key that was taken out of use must not count again.
 */
export class RaiseEpoch {
  constructor(
    private readonly watch: HistoryWatch, private readonly store: AuthorityStore, private readonly trust: Trust, private readonly beacons: Pick<SignedBeacons, 'forgetEpochs'>,
    private readonly clock: Clock, private readonly transactions: Transactions, private readonly leaves: Leaves,
  ) {}

  async read(): Promise<HistoryView> {
    const doubt = await this.watch.look();
    return { doubt: doubt === null ? null : { since: doubt.since, logs: [...doubt.logs], missing: [...doubt.missing] } };
  }

  async run(caller: Principal, reason: string): Promise<HistoryView> {
    const scope = scopeOf(caller);
    if (!scope.covers(this.trust.state().root.value.district)) throw userError('FORBIDDEN', 'The epoch is one for the whole server: an officer of the district raises it.');
    const doubt = await this.watch.look();
    const missing = doubt?.missing ?? [];
    if (missing.length > 0) {
      throw userError('DOCUMENTS_MISSING', 'Documents that were in force are not back yet: publish them, or sign the version after them.', {
        fields: missing.map(({ word, platform, version }) => ({ path: `${word}.${platform}`, code: 'DOCUMENTS_MISSING', sentence: `version ${version}` })),
      });
    }
    await this.transactions.run(async (tx) => {
      const epoch = await this.store.raiseEpochs(scope, tx, Math.floor(this.clock.now() / 1_000));
      await this.leaves.insert(tx, { platform: caller.platform, kind: 'epoch.raised', subject: 'epoch', facts: { epoch, by: caller.person, cut: (doubt?.logs ?? []).map(({ platform, treeSize }) => [platform, treeSize] as const) }, details: { reason } });
    });
    this.beacons.forgetEpochs();
    await this.watch.accept();
    return this.read();
  }
}
