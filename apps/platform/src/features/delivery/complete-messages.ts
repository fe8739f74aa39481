import { Inject, Injectable } from '@nestjs/common';
import type { MessageId } from '#libs/contracts';
import type { Tx } from '../../kernel/database';
import { Leaves } from '../../kernel/leaf';
import { serverScope } from '../access';
import { MessageAccess } from '../messages';
import { DELIVERY_STORE, type DeliveryStore } from './delivery.store';

/** Closes messages of which every delivery is final. */
@Injectable()
export class CompleteMessages {
  private readonly scope = serverScope('completes messages');

  constructor(
    @Inject(DELIVERY_STORE) private readonly store: DeliveryStore,
    private readonly messages: MessageAccess,
    private readonly leaves: Leaves,
  ) {}

  async run(tx: Tx, ids: readonly MessageId[], now: number): Promise<void> {
    if (ids.length === 0) return;
    const open = await this.store.withOpenDeliveries(this.scope, tx, ids);
    for (const id of [...ids].filter((candidate) => !open.has(candidate)).sort()) {
      // Locked first: one more dispatch of it may be on its way.
      const record = await this.messages.lock(this.scope, tx, id);
      if (record?.state !== 'dispatched' || (await this.store.withOpenDeliveries(this.scope, tx, [id])).size > 0) continue;
      if (!(await this.messages.complete(tx, this.scope, id, now))) continue;
      await this.leaves.insert(tx, { platform: record.platform, kind: 'message.completed', subject: id, facts: { digest: record.digest } });
    }
  }
}
