import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { isRevoked } from '#libs/trust';
import { writeStopFacts } from '../../internal/stop-facts';
import type { Config } from '../../kernel/config';
import type { Log } from '../../kernel/log';
import { CONFIG, LOG } from '../../kernel/tokens';
import { Trust } from '../authority';

/** Leaves on the disk what the STOP process must know to work alone: areas, and who may stop where; anew whenever trust changes, so that a revoked key opens nothing. */
@Injectable()
export class PublishStopFacts implements OnModuleInit, OnApplicationBootstrap {
  private last: Promise<void> = Promise.resolve();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
    private readonly trust: Trust,
  ) {}

  onModuleInit(): void {
    this.trust.onChange(() => this.publish());
  }

  onApplicationBootstrap(): Promise<void> {
    return this.publish();
  }

  private publish(): Promise<void> {
    this.last = this.last.then(() => this.write()).catch((cause: unknown) => this.log.error('delivery.stop-facts-unwritten', {}, cause));
    return this.last;
  }

  private async write(): Promise<void> {
    if (!this.trust.isReady()) return;
    const state = this.trust.state();
    const charters = [...state.charters.values()].map(({ value }) => value);
    await writeStopFacts(this.config.dataDir, {
      areas: charters.flatMap((charter) => charter.areas.map(({ id, parent }) => ({ id, parent }))),
      platforms: charters.map((charter) => ({
        id: charter.platform,
        tier: charter.tier,
        areas: charter.areas.map(({ id }) => id),
        stoppers: (state.rosters.get(charter.platform)?.value.persons ?? [])
          .filter(({ roles }) => roles.includes('stopper'))
          .flatMap(({ id, keys }) => keys.filter(({ keyId }) => isRevoked(state, charter.platform, keyId) === undefined).map((key) => ({ person: id, key }))),
      })),
    });
  }
}
