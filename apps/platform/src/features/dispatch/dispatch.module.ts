import { Module } from '@nestjs/common';
import type { Database } from '../../kernel/database';
import { DATABASE } from '../../kernel/tokens';
import { MessagesModule } from '../messages';
import { DispatchController } from './dispatch.controller';
import { DispatchFollower } from './dispatch-follower';
import { DispatchMessage } from './dispatch-message';
import { DISPATCH_STORE } from './dispatch.store';
import { PgDispatchStore } from './dispatch.store.pg';
import { PlaceDispatch } from './place-dispatch';
import { PlaceStop } from './place-stop';

@Module({
  imports: [MessagesModule],
  controllers: [DispatchController],
  providers: [
    { provide: DISPATCH_STORE, inject: [DATABASE], useFactory: (database: Database) => new PgDispatchStore(database) },
    PlaceDispatch, PlaceStop, DispatchMessage, DispatchFollower,
  ],
  exports: [DISPATCH_STORE],
})
export class DispatchModule {}
