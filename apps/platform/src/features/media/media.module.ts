import { Module } from '@nestjs/common';
import { createEspeakEngine } from '#libs/speech';
import type { Clock } from '../../kernel/clock';
import type { Config } from '../../kernel/config';
import type { Database } from '../../kernel/database';
import { CLOCK, CONFIG, DATABASE } from '../../kernel/tokens';
import { Media } from './media';
import { MediaController } from './media.controller';
import { MediaFiles } from './media-files';
import { MEDIA_STORE } from './media.store';
import { NoSpeech } from './no-speech';
import { SpeechMaker } from './speech';
import { PgMediaStore } from './media.store.pg';
import { hasChild, InlineWorkshop, RECORDING_WORKSHOP, ChildWorkshop } from './recording-workshop';
import { StockKeeper } from './stock-keeper';
import { STOCK_SOUNDS, stockSounds } from './stock-sounds';
import { StoreUpload } from './store-upload';

const SPEECH_MS = 30_000;

@Module({
  controllers: [MediaController],
  providers: [
    { provide: MEDIA_STORE, inject: [DATABASE], useFactory: (database: Database) => new PgMediaStore(database) },
    { provide: MediaFiles, inject: [CONFIG, CLOCK], useFactory: (config: Config, clock: Clock) => new MediaFiles(config.dataDir, clock) },
    { provide: RECORDING_WORKSHOP, useFactory: () => (hasChild() ? new ChildWorkshop() : new InlineWorkshop()) },
    // Without a worker the seconds of making them would hold up this process: tests bring their own.
    { provide: STOCK_SOUNDS, useFactory: () => (hasChild() ? stockSounds(createEspeakEngine({ timeoutMs: SPEECH_MS })) : []) },
    StockKeeper,
    { provide: Media, useExisting: StockKeeper },
    StoreUpload,
    { provide: SpeechMaker, useClass: NoSpeech },
  ],
  exports: [Media, MediaFiles, SpeechMaker],
})
export class MediaModule {}
