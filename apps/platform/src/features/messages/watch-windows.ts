import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import { messageIdSchema, type MessageId } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import type { Transactions } from '../../kernel/database';
import { ClarionError } from '../../kernel/errors';
import { Leaves } from '../../kernel/leaf';
import type { Log } from '../../kernel/log';
import { OutboxWorker, URGENT } from '../../kernel/outbox';
import { Ticker } from '../../kernel/ticker';
import { CLOCK, LOG, TRANSACTIONS } from '../../kernel/tokens';
import { serverScope } from '../access';
import { SecurityEvents } from '../audit';
import { MESSAGE_DUE } from './events';
import { LATE_STORE, type LateStore } from './late.store';
import { MESSAGE_STORE, type MessageStore } from './message.store';
import { ReleaseMessage } from './release-message';

const EVERY_MS = 5_000;
/** Already over or taken back: nothing is due any more. */
const NOT_DUE: ReadonlySet<string> = new Set(['STATE_CONFLICT', 'NOT_FOUND']);
/** A terminal may come or get its assignment, another voice end, while the window is open. */
const TRIED_AGAIN: ReadonlySet<string> = new Set(['TARGET_EMPTY', 'LIVE_TAKEN']);

const dueSchema = z.object({ id: messageIdSchema });

/**
 * Watches the windows of messages: releases what was approved ahead when its time comes, ends what nobody released in
 * time. A refusal in that moment (the roster changed, a key was revoked, nobody stands there) is kept with the message,
 * in the log and among the events: an approved warning never stays silent unseen.
 */
@Injectable()
export class WatchWindows implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly scope = serverScope('watches the windows of messages');
  private readonly ticker: Ticker;

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    @Inject(MESSAGE_STORE) private readonly store: MessageStore,
    @Inject(LATE_STORE) private readonly late: LateStore,
    @Inject(LOG) private readonly log: Log,
    private readonly worker: OutboxWorker,
    private readonly releaseMessage: ReleaseMessage,
    private readonly leaves: Leaves,
    private readonly events: SecurityEvents,
  ) {
    this.ticker = new Ticker('messages.expire', EVERY_MS, async () => {
      await this.expire();
      await this.tellOverdue();
    }, log);
  }

  onModuleInit(): void {
    this.worker.handle(MESSAGE_DUE, (payload) => this.due(payload), URGENT);
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

  /** Says once of each signature that was to follow the air that its time is over; it stays owed. */
  async tellOverdue(): Promise<void> {
    await this.transactions.run(async (tx) => {
      const now = Math.trunc(this.clock.now());
      const overdue = await this.late.tellOverdue(this.scope, tx, now);
      for (const { message, platform, digest, step } of overdue) {
        await this.leaves.insert(tx, { platform, kind: 'approval.overdue', subject: message, facts: { digest, step } });
      }
      await this.events.record(tx, overdue.map(({ platform, digest }) => ({ platform, terminal: null, at: now, kind: 'signature-overdue', code: null, subject: digest, keyIds: [] })));
    });
  }

  private async due(payload: unknown): Promise<void> {
    const { id } = dueSchema.parse(payload);
    try {
      await this.transactions.run((tx) => this.releaseMessage.run(tx, this.scope, id, Math.trunc(this.clock.now())));
    } catch (cause) {
      // Trouble with the server is tried again.
      if (!(cause instanceof ClarionError && cause.family === 'user')) throw cause;
      this.log.warn('messages.not-released', { id, code: cause.code });
      if (NOT_DUE.has(cause.code)) return;
      await this.heldBack(id, cause.code);
      // The window's end makes it STATE_CONFLICT.
      if (TRIED_AGAIN.has(cause.code)) throw cause;
    }
  }

  /** Says once for each reason why an approved message did not go out. */
  private async heldBack(id: MessageId, code: string): Promise<void> {
    await this.transactions.run(async (tx) => {
      const record = await this.store.lock(this.scope, tx, id);
      if (record === undefined || !await this.store.holdBack(this.scope, tx, id, code)) return;
      const { platform, digest } = record;
      await this.leaves.insert(tx, { platform, kind: 'message.not-released', subject: id, facts: { digest, code } });
      await this.events.record(tx, [{ platform, terminal: null, at: Math.trunc(this.clock.now()), kind: 'message-not-released', code, subject: digest, keyIds: [] }]);
    });
  }
}
