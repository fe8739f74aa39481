import { Module } from '@nestjs/common';
import { findFfmpeg } from '#libs/audio';
import type { SpeechEngine } from '#libs/speech';
import type { Clock } from '../../kernel/clock';
import type { Config } from '../../kernel/config';
import type { Database } from '../../kernel/database';
import { CLOCK, CONFIG, DATABASE } from '../../kernel/tokens';
import { Media } from './media';
import { MediaController } from './media.controller';
import { MediaSweep } from './media-sweep';
import { MediaFiles } from './media-files';
import { MEDIA_STORE } from './media.store';
import { PgMediaStore } from './media.store.pg';
import { hasChild, InlineWorkshop, RECORDING_WORKSHOP, ChildWorkshop } from './recording-workshop';
import { ReleaseRecording } from './release-recording';
import { SpeechMaker } from './speech';
import { SpeechController } from './speech.controller';
import { SPEECH_ENGINE, speechEngine } from './speech-engine';
import { SpeechLexicons } from './speech-lexicons';
import { SPEECH_STORE } from './speech.store';
import { PgSpeechStore } from './speech.store.pg';
import { StockKeeper } from './stock-keeper';
import { STOCK_SOUNDS, stockSounds } from './stock-sounds';
import { StoreUpload } from './store-upload';
import { hasSpeechChild, InlineSpeechWorkshop, KeptSpeechWorkshop, SPEECH_WORKSHOP } from './speech-workshop';
import { SynthesiseSpeech } from './synthesise-speech';

@Module({
  controllers: [MediaController, SpeechController],
  providers: [
    { provide: MEDIA_STORE, inject: [DATABASE], useFactory: (database: Database) => new PgMediaStore(database) },
    { provide: MediaFiles, inject: [CONFIG, CLOCK], useFactory: (config: Config, clock: Clock) => new MediaFiles(config.dataDir, clock) },
    {
      provide: RECORDING_WORKSHOP, inject: [CONFIG],
      useFactory: (config: Config) => (hasChild() ? new ChildWorkshop(undefined, undefined, findFfmpeg(config.ffmpeg)) : new InlineWorkshop(findFfmpeg(config.ffmpeg))),
    },
    // Without a worker the seconds of making them would hold up this process: tests bring their own.
    { provide: STOCK_SOUNDS, inject: [SPEECH_ENGINE], useFactory: (engine: SpeechEngine) => (hasChild() ? stockSounds(engine) : []) },
    StockKeeper,
    { provide: Media, useExisting: StockKeeper },
    StoreUpload,
    ReleaseRecording,
    MediaSweep,
    { provide: SPEECH_STORE, inject: [DATABASE], useFactory: (database: Database) => new PgSpeechStore(database) },
    { provide: SPEECH_ENGINE, inject: [CONFIG], useFactory: (config: Config) => speechEngine(config.speech, hasSpeechChild()) },
    // A workshop of its own: a warning does not wait behind somebody's long recording.
    { provide: SPEECH_WORKSHOP, useFactory: () => (hasSpeechChild() ? new KeptSpeechWorkshop() : new InlineSpeechWorkshop()) },
    SpeechLexicons,
    { provide: SpeechMaker, useClass: SynthesiseSpeech },
  ],
  exports: [Media, MediaFiles, SpeechMaker],
})
export class MediaModule {}
