import { Module } from '@nestjs/common';
import type { Database } from '../../kernel/database';
import { DATABASE } from '../../kernel/tokens';
import { MessagesModule } from '../messages';
import { ConsentsController } from './consents.controller';
import { CorrectionsCut } from './corrections-cut';
import { DispatchController } from './dispatch.controller';
import { PgDispatchEvidence } from './dispatch-evidence.store.pg';
import { PgUnsaidDispatches } from './unsaid-rows.store.pg';
import { DispatchFollower } from './dispatch-follower';
import { DispatchMessage } from './dispatch-message';
import { DISPATCH_STORE } from './dispatch.store';
import { PgDispatchStore } from './dispatch.store.pg';
import { GiveConsent } from './give-consent';
import { OfferConsents } from './offer-consents';
import { PlaceDispatch } from './place-dispatch';
import { PlaceStop } from './place-stop';
import { StopsReaching } from './stops-reaching';

@Module({
  imports: [MessagesModule],
  controllers: [DispatchController, ConsentsController],
  providers: [
    { provide: DISPATCH_STORE, inject: [DATABASE], useFactory: (database: Database) => new PgDispatchStore(database) },
    PgDispatchEvidence, PgUnsaidDispatches, PlaceDispatch, PlaceStop, DispatchMessage, DispatchFollower, StopsReaching, CorrectionsCut, OfferConsents, GiveConsent,
  ],
  exports: [DISPATCH_STORE],
})
export class DispatchModule {}
