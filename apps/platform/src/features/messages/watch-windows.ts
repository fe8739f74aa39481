import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import { messageIdSchema } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import type { Transactions } from '../../kernel/database';
import { ClarionError } from '../../kernel/errors';
import { Leaves } from '../../kernel/leaf';
import type { Log } from '../../kernel/log';
import { OutboxWorker } from '../../kernel/outbox';
import { Ticker } from '../../kernel/ticker';
import { CLOCK, LOG, TRANSACTIONS } from '../../kernel/tokens';
import { serverScope } from '../access';
import { MESSAGE_DUE } from './events';
import { MESSAGE_STORE, type MessageStore } from './message.store';
import { ReleaseMessage } from './release-message';

const EVERY_MS = 5_000;
const dueSchema = z.object({ id: messageIdSchema });

/** Watches the windows of messages: releases what was approved ahead when its time comes, ends what nobody released in time. */
@Injectable()
export class WatchWindows implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly scope = serverScope('watches the windows of messages');
  private readonly ticker: Ticker;

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    @Inject(MESSAGE_STORE) private readonly store: MessageStore,
    @Inject(LOG) private readonly log: Log,
    private readonly worker: OutboxWorker,
    private readonly releaseMessage: ReleaseMessage,
    private readonly leaves: Leaves,
  ) {
    this.ticker = new Ticker('messages.expire', EVERY_MS, () => this.expire(), log);
  }

  onModuleInit(): void {
    this.worker.handle(MESSAGE_DUE, (payload) => this.due(payload));
  }

  onApplicationBootstrap(): void {
    this.ticker.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.ticker.stop();
  }

  async expire(): Promise<void> {
    await this.transactions.run(async (tx) => {
      const now = Math.trunc(this.clock.now());
      for (const record of await this.store.expire(this.scope, tx, now)) {
        await this.leaves.insert(tx, { platform: record.platform, kind: 'message.expired', subject: record.id, facts: { digest: record.digest } });
      }
    });
  }

  private async due(payload: unknown): Promise<void> {
    const { id } = dueSchema.parse(payload);
    try {
      await this.transactions.run((tx) => this.releaseMessage.run(tx, this.scope, id, Math.trunc(this.clock.now())));
    } catch (cause) {
      // Taken back, stopped or void meanwhile: nothing is due any more. Trouble with the server is tried again.
      if (!(cause instanceof ClarionError && cause.family === 'user')) throw cause;
      this.log.warn('messages.not-released', { id, code: cause.code });
    }
  }
}
