import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { PlatformId } from '#libs/contracts';
import type { Log } from '../../kernel/log';
import type { Scope } from '../../kernel/scope';
import { AuditLog, type SignedHead } from './audit';
import type { AuditStore } from './audit.store';
import type { SequenceLeaves } from './sequence-leaves';

const EVERY_MS = 1_000;

/** Runs the sequencer each second and keeps the newest heads at hand for beacons and receipts. */
export class AuditWorker extends AuditLog implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private heads: ReadonlyMap<PlatformId, SignedHead> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly sequence: SequenceLeaves,
    private readonly store: AuditStore,
    private readonly log: Log,
    private readonly scope: Scope,
  ) {
    super();
  }

  override async latestHead(platform: PlatformId): Promise<SignedHead | null> {
    this.heads ??= await this.readHeads();
    return this.heads.get(platform) ?? null;
  }

  onApplicationBootstrap(): void {
    this.schedule();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private schedule(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.running = this.tick().finally(() => this.schedule());
    }, EVERY_MS);
    this.timer.unref();
  }

  private async tick(): Promise<void> {
    try {
      while (!this.stopped && (await this.sequence.run()) > 0);
      this.heads = await this.readHeads();
    } catch (cause) {
      this.log.warn('audit.sequencer-failed', {}, cause);
    }
  }

  private async readHeads(): Promise<ReadonlyMap<PlatformId, SignedHead>> {
    const heads = await this.store.latestHeads(this.scope);
    return new Map(heads.map((signed) => [signed.head.platform, signed]));
  }
}
