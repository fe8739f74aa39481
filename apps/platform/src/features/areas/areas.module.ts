import { Global, Module } from '@nestjs/common';
import type { Database } from '../../kernel/database';
import { DATABASE } from '../../kernel/tokens';
import { Areas } from './areas';
import { PgAreas } from './areas.store.pg';

@Global()
@Module({
  providers: [{ provide: Areas, inject: [DATABASE], useFactory: (database: Database) => new PgAreas(database) }],
  exports: [Areas],
})
export class AreasModule {}
