import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { SOURCE_AWAY_MS, type LiveEnd } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import { Notifications } from '../../kernel/database';
import { LEAF_CHANNEL } from '../../kernel/leaf';
import type { Log } from '../../kernel/log';
import { Ticker } from '../../kernel/ticker';
import { CLOCK, LOG } from '../../kernel/tokens';
import { serverScope } from '../access';
import { DELIVERY_STORE, type DeliveryStore } from '../delivery';
import { MessageAccess } from '../messages';
import { EndVoice } from './end-voice';
import { PreemptedBy } from './preempted-by';
import type { Voice } from './voice';
import { Voices } from './voices';

const EVERY_MS = 1_000;

/**
 * Once a second for every voice: what was said is on the disk, a voice that is over is ended, and its source hears who hears
 * it. A stop is looked for at every leaf: whoever stopped a voice has left one.
 */
@Injectable()
export class TendVoices implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly scope = serverScope('tends living voices');
  private readonly ticker: Ticker;
  private stopListening: (() => void) | undefined;
  private looking: Promise<void> | undefined;

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
    @Inject(DELIVERY_STORE) private readonly deliveries: DeliveryStore,
    private readonly notifications: Notifications,
    private readonly messages: MessageAccess,
    private readonly voices: Voices,
    private readonly endVoice: EndVoice,
    private readonly preempted: PreemptedBy,
  ) {
    this.ticker = new Ticker('streaming.tend', EVERY_MS, () => this.run(), log);
  }

  onApplicationBootstrap(): void {
    this.stopListening = this.notifications.on(LEAF_CHANNEL, () => this.lookForStops());
    this.ticker.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopListening?.();
    await this.ticker.stop();
    for (const voice of this.voices.all) {
      // Its turn stays: the source may come back to the next server.
      for (const source of voice.sources) source.end('LIVE_SHUTDOWN');
      for (const hearer of voice.hearers) hearer.over();
      await voice.record.close().catch((cause: unknown) => this.log.error('streaming.record-failed', { stream: voice.facts.stream }, cause));
    }
  }

  async run(): Promise<void> {
    await this.endVoice.again();
    await this.endStopped();
    for (const voice of this.voices.all) await this.tend(voice).catch((cause: unknown) => this.log.warn('streaming.tend-failed', { stream: voice.facts.stream }, cause));
    await this.tellHeard();
    await this.preempted.tell(this.voices.all);
  }

  private async tend(voice: Voice): Promise<void> {
    const over = this.overBy(voice);
    if (over !== undefined) return this.endVoice.run(voice, over);
    await voice.record.sync().catch((cause: unknown) => this.log.error('streaming.record-failed', { stream: voice.facts.stream }, cause));
    for (const source of voice.sources) if (!(await source.mayGoOn())) source.end('LIVE_AUTH');
    for (const hearer of voice.hearers) if (!(await hearer.mayGoOn())) hearer.over();
  }

  private overBy({ facts, heardFromAt }: Voice): LiveEnd | undefined {
    if (this.clock.now() >= facts.endsAt) return 'LIVE_OVER';
    return this.clock.monotonicMs() - heardFromAt > SOURCE_AWAY_MS ? 'LIVE_AWAY' : undefined;
  }

  private lookForStops(): void {
    if (this.voices.all.length === 0 || this.looking !== undefined) return;
    this.looking = this.endStopped()
      .catch((cause: unknown) => this.log.warn('streaming.tend-failed', {}, cause))
      .finally(() => {
        this.looking = undefined;
      });
  }

  private async endStopped(): Promise<void> {
    await Promise.all(this.voices.all.map(async (voice) => {
      const record = await this.messages.find(this.scope, voice.facts.message);
      if (record?.state === 'stopped' || record?.state === 'withdrawn') await this.endVoice.run(voice, 'LIVE_STOPPED');
    }));
  }

  private async tellHeard(): Promise<void> {
    const voices = this.voices.all.filter(({ source }) => source !== undefined);
    if (voices.length === 0) return;
    const tallies = await this.deliveries.tallies(this.scope, voices.map(({ facts }) => facts.message));
    for (const { facts, source, listening, behind } of voices) {
      const { targeted = 0, audible = 0, done = 0 } = tallies.get(facts.message) ?? {};
      source?.send({ kind: 'heard', targeted, listening, proved: audible + done, behind });
    }
  }
}
