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
import { LeaseVoices } from './lease-voices';
import { LIVE_GATEWAY } from './live-gateway';
import { LIVE_STORE } from './live.store';
import { PgLiveStore } from './live.store.pg';
import { PreemptedBy } from './preempted-by';
import { RestoreVoices } from './restore-voices';
import { SourceLink } from './source-link';
import { TakeBlock } from './take-block';
import { TendVoices } from './tend-voices';
import { Turns } from './turns';
import { Voices } from './voices';
import { WhoSpeaks } from './who-speaks';

@Module({
  imports: [MessagesModule, DispatchModule, DeliveryModule],
  providers: [
    { provide: LIVE_STORE, inject: [DATABASE], useFactory: (database: Database) => new PgLiveStore(database) },
    { provide: LIVE_GATEWAY, inject: [CONFIG], useFactory: (config: Config) => new GatewayClient(config.dataDir) },
    Voices, WhoSpeaks, Turns, GatewayFeed, EndVoice, TakeBlock, LeaseVoices, BeginVoice, PreemptedBy, RestoreVoices, TendVoices, SourceLink,
  ],
})
export class StreamingModule {}
