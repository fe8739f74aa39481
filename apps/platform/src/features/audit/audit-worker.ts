import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { HeadRef, PlatformId } from '#libs/contracts';
import type { Tx } from '../../kernel/database';
import type { Log } from '../../kernel/log';
import type { Scope } from '../../kernel/scope';
import { Ticker } from '../../kernel/ticker';
import { AuditLog, type Contradiction, type SignedHead } from './audit';
import type { AuditStore } from './audit.store';
import type { SequenceLeaves } from './sequence-leaves';

const EVERY_MS = 1_000;

/** Runs the sequencer each second and keeps the newest heads at hand for beacons and receipts. */
export class AuditWorker extends AuditLog implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private latest: ReadonlyMap<PlatformId, SignedHead> | undefined;
  private readonly ticker: Ticker;
  private stopped = false;
  private unreadable = '';

  constructor(
    private readonly sequence: SequenceLeaves,
    private readonly store: AuditStore,
    private readonly log: Log,
    private readonly scope: Scope,
  ) {
    super();
    this.ticker = new Ticker('audit.sequencer', EVERY_MS, () => this.tick(), log);
  }

  override async latestHead(platform: PlatformId): Promise<SignedHead | null> {
    this.latest ??= await this.readHeads();
    return this.latest.get(platform) ?? null;
  }

  override async heads(): Promise<readonly HeadRef[]> {
    const { heads } = await this.store.latestHeads(this.scope);
    return heads.map(({ head: { platform, treeSize, rootHash } }) => ({ platform, treeSize, rootHash }));
  }

  override async contradictedBy(tx: Tx, witnessed: readonly HeadRef[]): Promise<readonly Contradiction[]> {
    const distinct = [...new Map(witnessed.filter(({ treeSize }) => treeSize > 0).map((ref) => [`${ref.platform} ${ref.treeSize} ${ref.rootHash}`, ref])).values()];
    if (distinct.length === 0) return [];
    const own = await this.store.rootsAt(this.scope, tx, distinct);
    return distinct.flatMap((ref) => {
      const log = own.get(ref.platform);
      // A log that is not kept here is another server's to answer for.
      if (log === undefined || log.roots.has(`${ref.treeSize} ${ref.rootHash}`)) return [];
      return [{ witnessed: ref, code: ref.treeSize > log.size ? 'LOG_CUT' as const : 'WITNESS_DIFFERS' as const }];
    });
  }

  onApplicationBootstrap(): void {
    this.ticker.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    await this.ticker.stop();
  }

  private async tick(): Promise<void> {
    while (!this.stopped && (await this.sequence.run()) > 0);
    this.latest = await this.readHeads();
  }

  private async readHeads(): Promise<ReadonlyMap<PlatformId, SignedHead>> {
    const { heads, unreadable } = await this.store.latestHeads(this.scope);
    // Left out of beacons, which must go on; said once, not each second.
    const named = unreadable.join(' ');
    if (named !== '' && named !== this.unreadable) this.log.warn('audit.head-unreadable', { platforms: named });
    this.unreadable = named;
    return new Map(heads.map((signed) => [signed.head.platform, signed]));
  }
}
