import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { Database } from '../database/database';
import { Notifications } from '../database/notifications';
import type { Log } from '../log';
import { DATABASE, LOG } from '../tokens';
import { OUTBOX_CHANNEL } from './outbox';
import { claimRows, finishRow, nextDueMs, postponeRow, renewLease, type ClaimedRow } from './outbox-rows';

/** Does what the row asks. Called at least once, so doing it twice must be the same as once. Throwing means: later again. */
export type OutboxHandler = (payload: unknown, row: ClaimedRow) => Promise<void>;

export interface HandlerOptions {
  /** Rows of this topic worked on at the same time. With 1 they go in order, as long as one process works. */
  readonly concurrency?: number;
  /** A row is another worker's again when this time passed without a renewal; renewed while the handler runs. */
  readonly leaseMs?: number;
  /** Longest wait before a row that failed is tried again. */
  readonly mostDelayMs?: number;
}

/** What must sound or fall silent cannot wait for a dead worker's lease or a long back-off. */
export const URGENT: HandlerOptions = { leaseMs: 5_000, mostDelayMs: 2_000 };

interface Topic {
  readonly name: string;
  readonly handler: OutboxHandler;
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly mostDelayMs: number;
  running: number;
  /** A wake-up came while claiming: look again. */
  again: boolean;
  claiming: boolean;
}

const POLL_MS = 2_000;
const SHUTDOWN_MS = 5_000;
const LEASE_MS = 30_000;
const MOST_DELAY_MS = 60_000;
const backoffMs = (attempts: number, mostDelayMs: number): number => Math.min(mostDelayMs, 500 * 2 ** Math.min(attempts - 1, 8));

/**
 * Hands waiting outbox rows to their handlers: at once when notified, otherwise by polling, which also takes over
 * rows whose worker died. Any number of processes may run one.
 */
@Injectable()
export class OutboxWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly topics = new Map<string, Topic>();
  private poll: NodeJS.Timeout | undefined;
  private stopListening: (() => void) | undefined;
  private started = false;
  private stopped = false;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly notifications: Notifications,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** Registers the one handler of a topic; call it in onModuleInit. A second one is a programmer's error. */
  handle(name: string, handler: OutboxHandler, options: HandlerOptions = {}): void {
    if (this.topics.has(name)) throw new Error(`the outbox topic ${name} has a handler already`);
    const { concurrency = 4, leaseMs = LEASE_MS, mostDelayMs = MOST_DELAY_MS } = options;
    const topic = { name, handler, concurrency, leaseMs, mostDelayMs, running: 0, again: false, claiming: false };
    this.topics.set(name, topic);
    if (this.started) this.wake(name);
  }

  onApplicationBootstrap(): void {
    this.started = true;
    // An empty payload says: the connection is new, hints may have been lost.
    this.stopListening = this.notifications.on(OUTBOX_CHANNEL, (topic) => (topic === '' ? this.wakeAll() : this.wake(topic)));
    this.poll = setInterval(() => this.wakeAll(), POLL_MS);
    this.poll.unref();
    this.wakeAll();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearInterval(this.poll);
    this.stopListening?.();
    for (let waited = 0; this.busy() && waited < SHUTDOWN_MS; waited += 20) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** Works until no row of our topics waits any more, whenever it is due. For tests. */
  async drain(): Promise<void> {
    for (;;) {
      this.wakeAll();
      while (this.busy()) await new Promise((resolve) => setTimeout(resolve, 2));
      const dueMs = await nextDueMs(this.database, [...this.topics.keys()]);
      if (dueMs === null) return;
      await new Promise((resolve) => setTimeout(resolve, Math.min(Math.max(dueMs, 2), 100)));
    }
  }

  private busy(): boolean {
    return [...this.topics.values()].some(({ running, claiming }) => running > 0 || claiming);
  }

  private wakeAll(): void {
    for (const name of this.topics.keys()) this.wake(name);
  }

  private wake(name: string): void {
    const topic = this.topics.get(name);
    if (topic !== undefined) void this.pump(topic);
  }

  /** Fills the topic's free places with claimed rows; never runs twice at once for one topic. */
  private async pump(topic: Topic): Promise<void> {
    topic.again = true;
    if (topic.claiming) return;
    topic.claiming = true;
    try {
      while (topic.again && !this.stopped && topic.running < topic.concurrency) {
        topic.again = false;
        const free = topic.concurrency - topic.running;
        const rows = await claimRows(this.database, topic.name, free, topic.leaseMs);
        for (const row of rows) void this.work(topic, row);
        if (rows.length === free) topic.again = true;
      }
    } catch (cause) {
      this.log.warn('outbox.claim-failed', { topic: topic.name }, cause);
    } finally {
      topic.claiming = false;
    }
  }

  private async work(topic: Topic, row: ClaimedRow): Promise<void> {
    topic.running += 1;
    const renewal = setInterval(() => void renewLease(this.database, row, topic.leaseMs).catch(() => undefined), topic.leaseMs / 3);
    try {
      await topic.handler(row.payload, row);
      await finishRow(this.database, row);
    } catch (cause) {
      const delayMs = backoffMs(row.attempts, topic.mostDelayMs);
      this.log.warn('outbox.postponed', { topic: row.topic, id: row.id, attempts: row.attempts, delayMs }, cause);
      // Should this fail too, the lease ends and the row is claimed again.
      await postponeRow(this.database, row, cause, delayMs).catch(() => undefined);
    } finally {
      clearInterval(renewal);
      topic.running -= 1;
      void this.pump(topic);
    }
  }
}
