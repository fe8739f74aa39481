import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { LIMITS, type PlatformId } from '#libs/contracts';
import type { LiveGateway } from '../../internal/gateway-client';
import type { Log } from '../../kernel/log';
import { Ticker } from '../../kernel/ticker';
import { LOG } from '../../kernel/tokens';
import { Beacons } from '../authority';
import { GatewayFeed } from './gateway-feed';
import { LIVE_GATEWAY } from './live-gateway';
import type { Voice } from './voice';
import { Voices } from './voices';

const EVERY_MS = 2_000;

/**
 * Lets voices go on: every two seconds a beacon for each platform that has any, with the leases of all of them. Without it
 * the loudspeakers end a voice by themselves after `LIMITS.leaseMs`. The gateway's answer says how many listen.
 */
@Injectable()
export class LeaseVoices implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly ticker: Ticker;

  constructor(
    @Inject(LOG) private readonly log: Log,
    @Inject(LIVE_GATEWAY) private readonly gateway: LiveGateway,
    private readonly voices: Voices,
    private readonly beacons: Beacons,
    private readonly feed: GatewayFeed,
  ) {
    this.ticker = new Ticker('streaming.leases', EVERY_MS, () => this.run(), log);
  }

  onApplicationBootstrap(): void {
    this.ticker.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.ticker.stop();
  }

  /** All of them now; a voice that begins does not wait for the next two seconds. */
  async run(): Promise<void> {
    const platforms = new Set(this.voices.all.map(({ facts }) => facts.platform));
    await Promise.all([...platforms].map((platform) => this.lease(platform).catch((cause: unknown) => this.log.warn('streaming.lease-failed', { platform }, cause))));
  }

  private async lease(platform: PlatformId): Promise<void> {
    const voices = this.voices.all.filter(({ facts }) => facts.platform === platform).slice(0, LIMITS.leases);
    if (voices.length === 0) return;
    const beacon = await this.beacons.signLeases(platform, voices.map(({ facts }) => facts.digest));
    // What ended while it was signed is leased a last time at most: the gateway knows it no more, and its listeners were told.
    const reports = await this.gateway.liveLease(voices.map(({ facts }) => facts.stream), beacon);
    const unknown: Voice[] = [];
    for (const voice of voices) {
      const report = reports.find(({ stream }) => stream === voice.facts.stream);
      if (report === undefined) unknown.push(voice);
      voice.listening = report?.listening ?? 0;
      voice.behind = report?.behind ?? 0;
    }
    this.feed.unknown(unknown.map(({ facts }) => facts.stream));
  }
}
