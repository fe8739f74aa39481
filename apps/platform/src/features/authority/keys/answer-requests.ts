import type { PlatformId } from '#libs/contracts';
import type { TrustState } from '#libs/trust';
import type { Tx } from '../../../kernel/database';
import type { Leaves } from '../../../kernel/leaf';
import type { Scope } from '../../../kernel/scope';
import type { KeysStore } from './keys.store';

/** A request is answered when its key stands in the roster, whichever way that roster came: the page, the command line, a program. */
export class AnswerRequests {
  constructor(private readonly store: KeysStore, private readonly leaves: Leaves) {}

  /** In the transaction that puts the rosters of these platforms into force. */
  async run(scope: Scope, tx: Tx, state: TrustState, platforms: readonly PlatformId[]): Promise<void> {
    const keys = platforms.flatMap((platform) => (state.rosters.get(platform)?.value.persons ?? []).flatMap(({ id: person, keys: own }) => own.map(({ keyId }) => ({ platform, person, keyId }))));
    if (keys.length === 0) return;
    const answered = await this.store.removeAnswered(scope, tx, keys);
    await this.leaves.insertAll(tx, answered.map(({ id, platform, person }) => ({ platform, kind: 'key.granted', subject: person, facts: { request: id } })));
  }
}
