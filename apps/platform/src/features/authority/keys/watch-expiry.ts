import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { PAPERS_EXPIRE, PAPERS_RENEWED } from '#libs/domain';
import type { Clock } from '../../../kernel/clock';
import type { Log } from '../../../kernel/log';
import { Ticker } from '../../../kernel/ticker';
import { CLOCK, LOG } from '../../../kernel/tokens';
import { serverScope } from '../../access';
import { Trust } from '../authority';
import { AlarmTurns } from './alarm-turns';
import { endingPapers, type EndingPapers } from './ending-papers';
import { KEYS_STORE, type EndingAt, type KeysStore } from './keys.store';

const EVERY_MS = 60_000;

/**
 * Tells whoever must sign, 90, 30 and 7 days before root, charters and rosters end, when their grace begins and when it is
 * over (design 4 "Expiry alarms"): one incident for each stage and each circle of signers, which ends by itself once newer
 * papers stand.
 */
@Injectable()
export class WatchExpiry implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly scope = serverScope('watches what ends');
  private readonly ticker: Ticker;

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(KEYS_STORE) private readonly store: KeysStore,
    @Inject(LOG) log: Log,
    private readonly trust: Trust,
    private readonly turns: AlarmTurns,
  ) {
    this.ticker = new Ticker('authority.watch-expiry', EVERY_MS, () => this.check(), log);
  }

  onApplicationBootstrap(): void {
    this.ticker.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.ticker.stop();
  }

  async check(): Promise<void> {
    if (!this.trust.isReady()) return;
    const at = Math.trunc(this.clock.now());
    const told = await this.store.endings(this.scope);
    const ending = endingPapers(this.trust.state(), at);
    for (const one of ending.filter(({ platform, cause }) => !told.some((row) => row.platform === platform && row.cause === cause))) await this.begin(one, at);
    for (const row of told.filter(({ platform, cause }) => !ending.some((one) => one.platform === platform && one.cause === cause))) await this.end(row, at);
  }

  private async begin({ platform, stage, cause, threshold, signers, papers }: EndingPapers, at: number): Promise<void> {
    await this.turns.tell((tx) => this.store.beginEnding(this.scope, tx, { platform, cause }, at), {
      platform, at, event: { kind: PAPERS_EXPIRE, code: stage, subject: cause }, leaf: { kind: 'papers.expire', facts: { stage, threshold, signers, papers } },
    });
  }

  private async end({ platform, cause }: EndingAt, at: number): Promise<void> {
    await this.turns.tell((tx) => this.store.endEnding(this.scope, tx, { platform, cause }), {
      platform, at, event: { kind: PAPERS_RENEWED, code: null, subject: cause }, leaf: { kind: 'papers.renewed', facts: { cause } },
    });
  }
}
