import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { CanSign } from '#libs/contracts';
import { SIGNERS_ENOUGH, SIGNERS_SHORT } from '#libs/domain';
import type { Clock } from '../../../kernel/clock';
import type { Log } from '../../../kernel/log';
import { Ticker } from '../../../kernel/ticker';
import { CLOCK, LOG } from '../../../kernel/tokens';
import { serverScope } from '../../access';
import { Trust } from '../authority';
import { AlarmTurns } from './alarm-turns';
import { KEYS_STORE, nameOfKey, type KeyAt, type KeysStore } from './keys.store';
import { ReadCanSign } from './read-can-sign';

const EVERY_MS = 10_000;

/**
 * Sees when a key first stands in a roster, and tells once when too few people of a platform could sign, and once when
 * enough can again; where papers fell, nobody can.
 */
@Injectable()
export class WatchSigners implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly scope = serverScope('watches who can sign');
  private readonly ticker: Ticker;
  private readonly seen = new Set<string>();

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(KEYS_STORE) private readonly store: KeysStore,
    @Inject(LOG) log: Log,
    private readonly trust: Trust,
    private readonly read: ReadCanSign,
    private readonly turns: AlarmTurns,
  ) {
    this.ticker = new Ticker('authority.watch-signers', EVERY_MS, () => this.check(), log);
  }

  onApplicationBootstrap(): void {
    this.ticker.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.ticker.stop();
  }

  async check(): Promise<void> {
    if (!this.trust.isReady()) return;
    await this.seeFirst();
    const known = await this.store.shortages(this.scope);
    const now = await this.read.run(this.scope);
    for (const one of now.filter(({ platform, enough }) => enough === known.has(platform))) await this.tell(one);
  }

  private async seeFirst(): Promise<void> {
    const keys = [...this.trust.state().rosters.values()].flatMap(({ value: { platform, persons } }) => persons.flatMap((person) => person.keys.map(({ keyId }): KeyAt => ({ platform, keyId }))));
    const fresh = keys.filter((key) => !this.seen.has(nameOfKey(key)));
    if (fresh.length === 0) return;
    await this.store.seeFirst(this.scope, fresh, Math.trunc(this.clock.now()));
    fresh.forEach((key) => this.seen.add(nameOfKey(key)));
  }

  private async tell({ platform, enough, cases, persons, unsigned, checkedAt: at }: CanSign): Promise<void> {
    await this.turns.tell((tx) => (enough ? this.store.endShortage(this.scope, tx, platform) : this.store.beginShortage(this.scope, tx, platform, at)), {
      platform, at, event: { kind: enough ? SIGNERS_ENOUGH : SIGNERS_SHORT, code: unsigned.length === 0 ? null : 'DOCUMENTS_FELL', subject: null },
      leaf: {
        kind: enough ? 'signers.enough' : 'signers.short',
        facts: { cases: cases.filter((one) => !one.enough).map(({ classes, able, needs, lacks }) => ({ classes, able, needs, lacks })), unable: persons.filter(({ able }) => !able).map(({ person }) => person), ...(unsigned.length === 0 ? {} : { unsigned }) },
      },
    });
  }
}
