import { Module } from '@nestjs/common';
import type { Database } from '../../../kernel/database';
import { DATABASE } from '../../../kernel/tokens';
import { MessagesModule } from '../messages.module';
import { CancelDrill } from './cancel-drill';
import { DrillPlans } from './drill-plans';
import { DrillsController } from './drills.controller';
import { DRILL_STORE } from './drills.store';
import { PgDrillStore } from './drills.store.pg';
import { PlanDrill } from './plan-drill';

@Module({
  imports: [MessagesModule],
  controllers: [DrillsController],
  providers: [
    { provide: DRILL_STORE, inject: [DATABASE], useFactory: (database: Database) => new PgDrillStore(database) },
    DrillPlans, PlanDrill, CancelDrill,
  ],
  exports: [DrillPlans],
})
export class DrillsModule {}
