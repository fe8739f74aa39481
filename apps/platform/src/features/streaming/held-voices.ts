import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { deviceCapture, urlCapture } from '#libs/audio';
import type { KeyId } from '#libs/contracts';
import { isHeld } from '#libs/domain';
import type { Clock } from '../../kernel/clock';
import type { Config } from '../../kernel/config';
import { Notifications } from '../../kernel/database';
import { LEAF_CHANNEL } from '../../kernel/leaf';
import type { Log } from '../../kernel/log';
import { Ticker } from '../../kernel/ticker';
import { CLOCK, CONFIG, LOG } from '../../kernel/tokens';
import { HeldSources, messageIn, type HeldKey, type HeldSource, type MessageRecord } from '../messages';
import { BeginVoice } from './begin-voice';
import { HeldVoice, type HeldVoiceParts } from './held-voice';
import { TakeBlock } from './take-block';

const EVERY_MS = 1_000;
/** Sweeps of keys whose grant nobody handed in, or is over. */
const TIDY_EVERY = 60;

/**
 * Speaks for the sources that the server holds: as soon as a grant with a key of its own is dispatched, which is when its
 * slot begins, and again after a restart. The turn was taken when it was dispatched, as for every voice. The key is thrown
 * away behind the voice.
 */
@Injectable()
export class HeldVoices implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly ticker: Ticker;
  private readonly speaking = new Set<KeyId>();
  private stopListening: (() => void) | undefined;
  private looking: Promise<void> | undefined;
  private looks = 0;
  private isClosed = false;

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
    private readonly notifications: Notifications,
    private readonly sources: HeldSources,
    private readonly beginVoice: BeginVoice,
    private readonly takeBlock: TakeBlock,
  ) {
    this.ticker = new Ticker('streaming.held', EVERY_MS, () => this.run(), log);
  }

  onApplicationBootstrap(): void {
    this.stopListening = this.notifications.on(LEAF_CHANNEL, () => void this.run().catch((cause: unknown) => this.log.warn('streaming.held-failed', {}, cause)));
    this.ticker.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isClosed = true;
    this.stopListening?.();
    await this.ticker.stop();
    await this.looking;
  }

  /** Looks once for grants whose slot has begun; whoever asks meanwhile waits for the same look. */
  run(): Promise<void> {
    this.looking ??= this.look().finally(() => {
      this.looking = undefined;
    });
    return this.looking;
  }

  private async look(): Promise<void> {
    this.looks += 1;
    if (this.looks % TIDY_EVERY === 0) await this.sources.tidy();
    for (const key of this.sources.keys()) {
      if (this.isClosed || this.speaking.has(key.keyId)) continue;
      const record = await this.sources.grantOf(key);
      if (record?.state === 'dispatched') await this.begin(key, record);
    }
  }

  private async begin(key: HeldKey, record: MessageRecord): Promise<void> {
    const message = messageIn(record);
    const source = this.sources.named(key.source);
    const parts = source === undefined ? undefined : this.partsFor(source);
    if (message === undefined || !isHeld(message.body) || parts === undefined) {
      this.log.error('streaming.held-source-missing', { message: record.id, source: key.source });
      return this.sources.forget(key);
    }
    const held = new HeldVoice({ ...parts, signer: await this.sources.signer(key) });
    const voice = await this.beginVoice.runHeld(record, held);
    if ('code' in voice) {
      // Its turn has lapsed, or it is over: it will not be said any more.
      this.log.warn('streaming.held-refused', { message: record.id, code: voice.code });
      return this.sources.forget(key);
    }
    this.speaking.add(key.keyId);
    void held.say(voice)
      .catch((cause: unknown) => this.log.error('streaming.held-failed', { stream: voice.facts.stream }, cause))
      .finally(() => {
        this.speaking.delete(key.keyId);
        if (voice.ended !== undefined) this.sources.forget(key);
      });
  }

  private partsFor({ url, alsa }: HeldSource): Omit<HeldVoiceParts, 'signer'> | undefined {
    const capture = url === undefined ? deviceCapture(alsa ?? '', this.config.ffmpeg, {}) : urlCapture(url, this.config.ffmpeg);
    if (typeof capture === 'string') return undefined;
    return { clock: this.clock, log: this.log, takeBlock: this.takeBlock, capture, kind: url === undefined ? 'live' : 'paced' };
  }
}
