import { accessMigrations } from './features/access/migrations';
import { areasMigrations } from './features/areas/migrations';
import { auditMigrations } from './features/audit/migrations';
import { authorityMigrations } from './features/authority/migrations';
import { terminalsMigrations } from './features/terminals/migrations';
import { deliveryMigrations } from './features/delivery/migrations';
import { dispatchMigrations } from './features/dispatch/migrations';
import { monitoringMigrations } from './features/monitoring/migrations';
import { mediaMigrations } from './features/media/migrations';
import { messagesMigrations } from './features/messages/migrations';
import { drillsMigrations } from './features/messages/drills/migrations';
import { templatesMigrations } from './features/messages/templates/migrations';
import { streamingMigrations } from './features/streaming/migrations';
import { kernelMigrations, type Migration } from './kernel/database';

/**
 * Every migration of the platform in the order it is applied: the kernel's, then the features' in flow order.
 * A feature keeps its own in `features/<feature>/migrations/NNNN-name.ts` and is named here by hand.
 */
export const migrations: readonly Migration[] = [
  ...kernelMigrations,
  ...areasMigrations,
  ...accessMigrations,
  ...auditMigrations,
  ...authorityMigrations,
  ...terminalsMigrations,
  ...mediaMigrations,
  ...messagesMigrations,
  ...templatesMigrations,
  ...drillsMigrations,
  ...dispatchMigrations,
  ...deliveryMigrations,
  ...streamingMigrations,
  ...monitoringMigrations,
];
