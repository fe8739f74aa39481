import { Module } from '@nestjs/common';
import type { Database } from '../../kernel/database';
import { DATABASE } from '../../kernel/tokens';
import { DeliveryModule } from '../delivery';
import { DispatchModule } from '../dispatch';
import { DrillsModule, MessagesModule } from '../messages';
import { StreamingModule } from '../streaming';
import { GatherIncidents } from './gather-incidents';
import { HandleIncident } from './handle-incident';
import { INCIDENT_STORE } from './incident.store';
import { PgIncidentStore } from './incident.store.pg';
import { IncidentsController } from './incidents.controller';
import { LiveFeed } from './live-feed.gateway';
import { MonitoringController } from './monitoring.controller';
import { PgUnsaidIncidents } from './unsaid-incidents.store.pg';
import { ReadOnAir } from './read-on-air';

@Module({
  imports: [MessagesModule, DrillsModule, DispatchModule, DeliveryModule, StreamingModule],
  controllers: [MonitoringController, IncidentsController],
  providers: [
    { provide: INCIDENT_STORE, inject: [DATABASE], useFactory: (database: Database) => new PgIncidentStore(database) },
    PgUnsaidIncidents, GatherIncidents, HandleIncident, ReadOnAir, LiveFeed,
  ],
})
export class MonitoringModule {}
