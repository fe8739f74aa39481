import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { Database } from './database/database';
import type { Log } from './log';
import { DATABASE, LOG } from './tokens';

const EVERY_MS = 10 * 60_000;

/** Removes what has done its duty: answers to idempotency keys after 72 h, finished outbox rows after a day. */
@Injectable()
export class Housekeeping implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(LOG) private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.run().catch((cause: unknown) => this.log.warn('housekeeping.failed', {}, cause)), EVERY_MS);
    this.timer.unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  async run(): Promise<void> {
    await this.database.query("DELETE FROM idempotent_answer WHERE created_at < now() - interval '72 hours'");
    await this.database.query("DELETE FROM outbox WHERE state = 'done' AND done_at < now() - interval '1 day'");
  }
}
