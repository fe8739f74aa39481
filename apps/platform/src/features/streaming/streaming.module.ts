import { Module } from '@nestjs/common';
import { GatewayClient } from '../../internal/gateway-client';
import type { Config } from '../../kernel/config';
import type { Database } from '../../kernel/database';
import { CONFIG, DATABASE } from '../../kernel/tokens';
import { DeliveryModule } from '../delivery';
import { DispatchModule } from '../dispatch';
import { MessagesModule } from '../messages';
import { BeginVoice } from './begin-voice';
import { EndVoice } from './end-voice';
import { GatewayFeed } from './gateway-feed';
import { HeldVoices } from './held-voices';
import { LeaseVoices } from './lease-voices';
import { ListenIn } from './listen-in';
import { LIVE_GATEWAY } from './live-gateway';
import { LIVE_STORE } from './live.store';
import { PgLiveStore } from './live.store.pg';
import { PreemptedBy } from './preempted-by';
import { ReadVoices } from './read-voices';
import { RestoreVoices } from './restore-voices';
import { SoundWorkshop } from './sound-workshop';
import { SourceLink } from './source-link';
import { StreamingController } from './streaming.controller';
import { TakeBlock } from './take-block';
import { TakeOut } from './take-out';
import { TendVoices } from './tend-voices';
import { Turns } from './turns';
import { Voices } from './voices';
import { WhoSpeaks } from './who-speaks';

@Module({
  imports: [MessagesModule, DispatchModule, DeliveryModule],
  controllers: [StreamingController],
  providers: [
    { provide: LIVE_STORE, inject: [DATABASE], useFactory: (database: Database) => new PgLiveStore(database) },
    { provide: LIVE_GATEWAY, inject: [CONFIG], useFactory: (config: Config) => new GatewayClient(config.dataDir) },
    Voices, WhoSpeaks, Turns, GatewayFeed, EndVoice, TakeBlock, LeaseVoices, BeginVoice, PreemptedBy, RestoreVoices, TendVoices, SourceLink, HeldVoices,
    ReadVoices, SoundWorkshop, TakeOut, ListenIn,
  ],
  exports: [ReadVoices],
})
export class StreamingModule {}
