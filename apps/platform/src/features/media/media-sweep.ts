import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { Clock } from '../../kernel/clock';
import type { Transactions } from '../../kernel/database';
import type { Log } from '../../kernel/log';
import { Ticker } from '../../kernel/ticker';
import { CLOCK, LOG, TRANSACTIONS } from '../../kernel/tokens';
import { MediaFiles } from './media-files';
import { MEDIA_STORE, type MediaStore } from './media.store';

const DAY_MS = 86_400_000;
/** A draft may lie so long before it is handed in with its recording. */
const KEPT_UNNAMED_MS = 30 * DAY_MS;
const EVERY_MS = DAY_MS / 24;
const AT_ONCE = 200;

/**
 * Throws away the recordings, with their originals, that no message names and nobody has brought for 30 days. What a
 * message names, and every stock sound, stays.
 */
@Injectable()
export class MediaSweep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly ticker: Ticker;

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    @Inject(MEDIA_STORE) private readonly store: MediaStore,
    @Inject(LOG) private readonly log: Log,
    private readonly files: MediaFiles,
  ) {
    this.ticker = new Ticker('media.sweep', EVERY_MS, () => this.run(), log);
  }

  onApplicationBootstrap(): void {
    this.ticker.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.ticker.stop();
  }

  async run(): Promise<void> {
    const before = Math.trunc(this.clock.now()) - KEPT_UNNAMED_MS;
    const count = await this.transactions.run(async (tx) => {
      const removed = await this.store.takeUnnamed(tx, before, AT_ONCE);
      // Before the commit: whoever brings one of them now waits for it, and then finds that its file is not there.
      for (const one of removed) await this.files.remove(one);
      return removed.length;
    });
    if (count > 0) this.log.info('media.swept', { count });
  }
}
