import { Inject, Injectable } from '@nestjs/common';
import type { FailureReason, MessageId, Tally } from '#libs/contracts';
import type { Tx } from '../../kernel/database';
import { Leaves } from '../../kernel/leaf';
import { serverScope } from '../access';
import { MessageAccess } from '../messages';
import { DELIVERY_STORE, type DeliveryStore } from './delivery.store';

/** Reasons that only say that nothing came through in time. */
const NEVER_REACHED: ReadonlySet<string> = new Set<FailureReason>(['EXPIRED', 'OFFLINE_NET', 'OFFLINE_POWER', 'SIM_ARREARS', 'NO_ACK']);

/** Reasons by which people ended it: a stop, a withdrawal, a revoked key. */
const ENDED_BY_PEOPLE: ReadonlySet<string> = new Set<FailureReason>(['STOPPED', 'WITHDRAWN', 'SIG_REJECT']);

/**
 * What a message is whose deliveries are all final. `stopped`: people ended all that was not done; `expired`: nothing
 * was done and nobody was reached; else `completed`, which one more dispatch to interrupted terminals may reopen.
 */
export function endOf({ done, failed, reasons }: Pick<Tally, 'done' | 'failed' | 'reasons'>): 'completed' | 'stopped' | 'expired' {
  if (failed === 0) return 'completed';
  const given = Object.keys(reasons);
  if (given.every((reason) => reason === 'STOPPED')) return 'stopped';
  if (done > 0) return 'completed';
  if (given.every((reason) => NEVER_REACHED.has(reason))) return 'expired';
  return given.every((reason) => ENDED_BY_PEOPLE.has(reason) || NEVER_REACHED.has(reason)) ? 'stopped' : 'completed';
}

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
      const tally = (await this.store.tallies(this.scope, [id], tx)).get(id);
      const end = tally === undefined ? 'completed' : endOf(tally);
      if (!(await this.messages.complete(tx, this.scope, id, now, end))) continue;
      await this.leaves.insert(tx, { platform: record.platform, kind: `message.${end}`, subject: id, facts: { digest: record.digest } });
    }
  }
}
