import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { digestSchema, type SoundView } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import type { Transactions, Tx } from '../../kernel/database';
import { operationalError } from '../../kernel/errors';
import type { Log } from '../../kernel/log';
import { Outbox } from '../../kernel/outbox';
import type { Scope } from '../../kernel/scope';
import { CLOCK, LOG, TRANSACTIONS } from '../../kernel/tokens';
import { SOUND_MADE } from './events';
import { Media } from './media';
import { MediaFiles } from './media-files';
import { MEDIA_STORE, type MediaStore, type UsableMedia } from './media.store';
import { RECORDING_WORKSHOP, type RecordingWorkshop } from './recording-workshop';
import { STOCK_SOUNDS, type StockSound } from './stock-sounds';

/**
 * Makes siren, chimes and stock phrases once, at the first start, and knows them from then on. A sound that cannot be
 * made (no voice on this machine) is missing and said in the log; the others are there.
 */
@Injectable()
export class StockKeeper extends Media implements OnApplicationBootstrap {
  private known: readonly SoundView[] = [];
  private making: Promise<void> = Promise.resolve();

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    @Inject(MEDIA_STORE) private readonly store: MediaStore,
    @Inject(RECORDING_WORKSHOP) private readonly workshop: RecordingWorkshop,
    @Inject(STOCK_SOUNDS) private readonly sounds: readonly StockSound[],
    @Inject(LOG) private readonly log: Log,
    private readonly files: MediaFiles,
    private readonly outbox: Outbox,
  ) {
    super();
  }

  override usable(scope: Scope, sha256s: readonly string[]): Promise<readonly UsableMedia[]> {
    return this.store.usable(scope, sha256s);
  }

  override refer(scope: Scope, tx: Tx, platform: string, subject: string, sha256s: readonly string[]): Promise<void> {
    return this.store.refer(scope, tx, platform, subject, sha256s);
  }

  override stock(): readonly { readonly sha256: string; readonly bytes: number }[] {
    return this.known;
  }

  override sound(id: string): SoundView | undefined {
    return this.known.find((sound) => sound.id === id);
  }

  /** What was made before is there at once; what is missing is made while the server already answers. */
  async onApplicationBootstrap(): Promise<void> {
    await this.refresh();
    // Nobody waits for it: a database that is away for a moment must not end the server.
    this.making = this.makeMissing().catch((cause: unknown) => this.log.error('media.stock-not-made', {}, cause));
  }

  /** Ends when every sound was made or given up. */
  made(): Promise<void> {
    return this.making;
  }

  private async refresh(): Promise<void> {
    this.known = await this.store.sounds();
  }

  private async makeMissing(): Promise<void> {
    const there = new Map((await this.store.sounds()).map((sound) => [sound.id, sound]));
    for (const sound of this.sounds) {
      const kept = there.get(sound.id);
      if (kept !== undefined && kept.name === sound.name && (await this.files.sizeOf(kept.sha256)) === kept.bytes) continue;
      try {
        await this.make(sound);
        // Each is there as soon as it is made: a warning does not wait for the last phrase.
        await this.refresh();
      } catch (cause) {
        this.log.error('media.sound-not-made', { sound: sound.id }, cause);
      }
    }
    await this.refresh();
  }

  private async make({ id, role, name, make }: StockSound): Promise<void> {
    const prepared = await this.workshop.prepare(await make());
    if (!prepared.ok) throw operationalError(prepared.code, prepared.sentence);
    await this.files.put(prepared.bytes);
    const { integratedCentiLufs, truePeakCentiDbtp, durationMs } = prepared;
    await this.transactions.run(async (tx) => {
      const sound = { id, role, name, sha256: digestSchema.parse(prepared.sha256), bytes: prepared.bytes.length, durationMs, integratedCentiLufs, truePeakCentiDbtp };
      await this.store.keepSound(tx, sound, Math.trunc(this.clock.now()));
      await this.outbox.put(tx, SOUND_MADE, { sha256: sound.sha256, bytes: sound.bytes });
    });
  }
}
