import { mkdirSync, watch, type FSWatcher } from 'node:fs';
import path from 'node:path';
import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { StopId } from '#libs/contracts';
import { listStopFiles, readStopFile, removeStopFile, STOP_FOLDER } from '../../internal/stop-file';
import type { Clock } from '../../kernel/clock';
import type { Config } from '../../kernel/config';
import type { Log } from '../../kernel/log';
import { Ticker } from '../../kernel/ticker';
import { CLOCK, CONFIG, LOG } from '../../kernel/tokens';
import { serverScope } from '../access';
import { Trust } from '../authority';
import { ApplyStop } from './apply-stop';
import { DELIVERY_STORE, type DeliveryStore } from './delivery.store';

const EVERY_MS = 1_000;

/**
 * Brings the stops that the STOP process wrote into the database: at start, when the folder changes, and every second.
 * The file is written first and the database hears later, because stopping works without it.
 */
@Injectable()
export class ImportStops implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly scope = serverScope('imports stops');
  private readonly ticker: Ticker;
  /** Files dealt with, and until when they are needed; what was refused is not looked at again until the next start. */
  private readonly done = new Map<StopId, number>();
  private watcher: FSWatcher | undefined;
  private last: Promise<void> = Promise.resolve();

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
    @Inject(DELIVERY_STORE) private readonly store: DeliveryStore,
    private readonly trust: Trust,
    private readonly applyStop: ApplyStop,
  ) {
    this.ticker = new Ticker('delivery.import-stops', EVERY_MS, () => this.run(), log);
  }

  async onApplicationBootstrap(): Promise<void> {
    const folder = path.join(this.config.dataDir, STOP_FOLDER);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    await this.run().catch((cause: unknown) => this.log.warn('delivery.import-stops.failed', {}, cause));
    this.watcher = watch(folder, () => void this.run().catch((cause: unknown) => this.log.warn('delivery.import-stops.failed', {}, cause)));
    this.watcher.on('error', () => undefined);
    this.watcher.unref();
    this.ticker.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.watcher?.close();
    await this.ticker.stop();
    await this.last.catch(() => undefined);
  }

  /** Imports what lies there, one run after the other. */
  run(): Promise<void> {
    const next = this.last.catch(() => undefined).then(() => this.importAll());
    this.last = next;
    return next;
  }

  private async importAll(): Promise<void> {
    if (!this.trust.isReady()) return;
    const present = await listStopFiles(this.config.dataDir);
    await this.removeExpired(present);
    const ids = present.filter((id) => !this.done.has(id));
    if (ids.length === 0) return;
    const known = await this.store.knownStops(this.scope, ids);
    for (const id of ids) {
      // Not done when the disk does not answer: tried again in a second.
      const file = await readStopFile(this.config.dataDir, id).catch((cause: unknown) => {
        this.log.error('delivery.stop-file-unread', { stopId: id }, cause);
        return null;
      });
      if (file === null) continue;
      if (file === undefined) this.log.error('delivery.stop-file-unreadable', { stopId: id });
      else if (!known.has(id) && !(await this.applyStop.run(file))) this.log.warn('delivery.stop-refused', { stopId: id });
      this.done.set(id, file?.notAfter ?? Number.POSITIVE_INFINITY);
    }
  }

  private async removeExpired(present: readonly StopId[]): Promise<void> {
    for (const id of present) {
      if ((this.done.get(id) ?? Number.POSITIVE_INFINITY) > this.clock.now()) continue;
      await removeStopFile(this.config.dataDir, id);
      this.done.delete(id);
    }
  }
}
