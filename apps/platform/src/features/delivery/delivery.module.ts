import { Module, type OnModuleInit } from '@nestjs/common';
import { GATEWAY, GatewayClient } from '../../internal/gateway-client';
import { InternalRoutes } from '../../internal';
import type { Config } from '../../kernel/config';
import type { Database } from '../../kernel/database';
import { CONFIG, DATABASE } from '../../kernel/tokens';
import { DispatchModule } from '../dispatch';
import { MediaModule } from '../media';
import { MessagesModule } from '../messages';
import { AcceptReceipts } from './accept-receipts';
import { AnswerExchanges } from './answer-exchanges';
import { ApplyStop } from './apply-stop';
import { CompleteMessages } from './complete-messages';
import { DeliveryController } from './delivery.controller';
import { DELIVERY_STORE } from './delivery.store';
import { PgDeliveryStore } from './delivery.store.pg';
import { PgDeviceEvidence } from './device-evidence.store.pg';
import { PgUnsaidDeliveries } from './unsaid-rows.store.pg';
import { ImportStops } from './import-stops';
import { IsolateArea } from './isolate-area';
import { ISOLATE_STORE } from './isolate.store';
import { PgIsolateStore } from './isolate.store.pg';
import { Isolates } from './isolates';
import { IsolatesController } from './isolates.controller';
import { PlaceRestriction } from './place-restriction';
import { PublishStopFacts } from './publish-stop-facts';
import { PushFrames } from './push-frames';
import { ReadDeliveries } from './read-deliveries';
import { RESTRICTION_STORE } from './restriction.store';
import { PgRestrictionStore } from './restriction.store.pg';
import { Restrictions } from './restrictions';
import { RestrictionsController } from './restrictions.controller';
import { TellAir } from './tell-air';
import { TendDeliveries } from './tend-deliveries';

@Module({
  imports: [MediaModule, MessagesModule, DispatchModule],
  controllers: [DeliveryController, IsolatesController, RestrictionsController],
  providers: [
    { provide: DELIVERY_STORE, inject: [DATABASE], useFactory: (database: Database) => new PgDeliveryStore(database) },
    { provide: ISOLATE_STORE, inject: [DATABASE], useFactory: (database: Database) => new PgIsolateStore(database) },
    { provide: RESTRICTION_STORE, inject: [DATABASE], useFactory: (database: Database) => new PgRestrictionStore(database) },
    Isolates, IsolateArea, Restrictions, PlaceRestriction, PgDeviceEvidence, PgUnsaidDeliveries,
    { provide: GATEWAY, inject: [CONFIG], useFactory: (config: Config) => new GatewayClient(config.dataDir) },
    AcceptReceipts, AnswerExchanges, ApplyStop, CompleteMessages, ImportStops, PublishStopFacts, PushFrames, ReadDeliveries, TellAir, TendDeliveries,
  ],
  exports: [DELIVERY_STORE, GATEWAY, PlaceRestriction, Restrictions],
})
export class DeliveryModule implements OnModuleInit {
  constructor(
    private readonly routes: InternalRoutes,
    private readonly acceptReceipts: AcceptReceipts,
    private readonly answerExchanges: AnswerExchanges,
  ) {}

  onModuleInit(): void {
    this.routes.answer('exchanges', async ({ exchanges }) => ({ answers: [...await this.answerExchanges.run(exchanges)] }));
    this.routes.answer('receipts', async ({ receipts }) => ({
      acks: (await this.acceptReceipts.run(receipts)).map(({ terminal, acked }) => ({ terminal, counter: acked })),
    }));
  }
}
