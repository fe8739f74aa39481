import { Module } from '@nestjs/common';
import { DeliveryModule } from '../delivery';
import { DrillsModule, MessagesModule } from '../messages';
import { LiveFeed } from './live-feed.gateway';
import { MonitoringController } from './monitoring.controller';
import { ReadOnAir } from './read-on-air';

@Module({
  imports: [MessagesModule, DrillsModule, DeliveryModule],
  controllers: [MonitoringController],
  providers: [ReadOnAir, LiveFeed],
})
export class MonitoringModule {}
