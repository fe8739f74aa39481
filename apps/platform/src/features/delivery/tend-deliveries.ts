import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { overdueReason, RECEIPT_GRACE_MS } from '#libs/domain';
import type { Clock } from '../../kernel/clock';
import type { Transactions } from '../../kernel/database';
import { Leaves, type Leaf } from '../../kernel/leaf';
import type { Log } from '../../kernel/log';
import { Ticker } from '../../kernel/ticker';
import { CLOCK, LOG, TRANSACTIONS } from '../../kernel/tokens';
import { serverScope } from '../access';
import { Terminals } from '../terminals';
import { CompleteMessages } from './complete-messages';
import { DELIVERY_STORE, type DeliveryRecord, type DeliveryStore } from './delivery.store';
import { PushFrames } from './push-frames';

const PUSH_AGAIN_MS = 1_000;
const CLOSE_MS = 3_000;

/** Looks after deliveries that do not end by themselves: tells the deaf again, closes what is overdue with its reason. */
@Injectable()
export class TendDeliveries implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly scope = serverScope('tends deliveries');
  private readonly tickers: readonly Ticker[];

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    @Inject(LOG) log: Log,
    @Inject(DELIVERY_STORE) private readonly store: DeliveryStore,
    private readonly terminals: Terminals,
    private readonly frames: PushFrames,
    private readonly completeMessages: CompleteMessages,
    private readonly leaves: Leaves,
  ) {
    this.tickers = [
      new Ticker('delivery.push-again', PUSH_AGAIN_MS, () => this.frames.pushAgain(), log),
      new Ticker('delivery.close', CLOSE_MS, () => this.closeOverdue(), log),
    ];
  }

  onApplicationBootstrap(): void {
    for (const ticker of this.tickers) ticker.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.tickers.map((ticker) => ticker.stop()));
  }

  async closeOverdue(): Promise<void> {
    const now = Math.trunc(this.clock.now());
    const online = this.terminals.onlineIds(this.scope);
    await this.transactions.run(async (tx) => {
      const overdue = await this.store.overdue(this.scope, tx, now, RECEIPT_GRACE_MS);
      const closed = overdue.map((delivery) => ({
        ...delivery, state: 'failed' as const, counter: null,
        reason: overdueReason(delivery, { online: online.has(delivery.terminal), pushes: delivery.pushes }),
      }));
      await this.store.update(this.scope, tx, closed, null);
      await this.leaves.insertAll(tx, closedLeaves(closed));
      await this.completeMessages.run(tx, [...new Set(closed.map(({ message }) => message))], now);
    });
  }
}

/** One leaf per message and platform: how many deliveries nobody proved, by reason. */
function closedLeaves(closed: readonly DeliveryRecord[]): readonly Leaf[] {
  const reasons = new Map<string, { readonly platform: string; readonly message: string; readonly facts: Record<string, number> }>();
  for (const { platform, message, reason } of closed) {
    const own = reasons.get(`${platform} ${message}`) ?? { platform, message, facts: {} };
    own.facts[reason ?? ''] = (own.facts[reason ?? ''] ?? 0) + 1;
    reasons.set(`${platform} ${message}`, own);
  }
  return [...reasons.values()].map(({ platform, message, facts }) => ({ platform, kind: 'deliveries.closed', subject: message, facts }));
}
