import { Inject, Injectable } from '@nestjs/common';
import type { Digest } from '#libs/contracts';
import type { Transactions } from '../../kernel/database';
import { userError } from '../../kernel/errors';
import { Leaves } from '../../kernel/leaf';
import { TRANSACTIONS } from '../../kernel/tokens';
import { scopeOf, type Principal } from '../access';
import { MEDIA_STORE, type MediaStore } from './media.store';

/**
 * Gives up a recording of the caller's platform; the sweep throws it away when nobody else holds or names it. Refuses
 * NOT_FOUND, and MEDIA_IN_USE where a message of the platform names it: what was said stays heard.
 */
@Injectable()
export class ReleaseRecording {
  constructor(
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    @Inject(MEDIA_STORE) private readonly store: MediaStore,
    private readonly leaves: Leaves,
  ) {}

  run(caller: Principal, sha256: Digest): Promise<void> {
    return this.transactions.run(async (tx) => {
      const became = await this.store.release(scopeOf(caller), tx, caller.platform, sha256);
      if (became === 'unknown') throw userError('NOT_FOUND', 'Your platform holds no such recording.');
      if (became === 'named') throw userError('MEDIA_IN_USE', 'A message names this recording; it stays with it.', { status: 409 });
      await this.leaves.insert(tx, { platform: caller.platform, kind: 'media.released', subject: sha256, facts: { person: caller.person } });
    });
  }
}
