import { Global, Module } from '@nestjs/common';
import type { Database } from '../../kernel/database';
import { DATABASE } from '../../kernel/tokens';
import { Areas } from './areas';
import { PgAreas } from './areas.store.pg';
import { PlaceBook } from './places';
import { PgPlaceBook } from './places.store.pg';

@Global()
@Module({
  providers: [
    { provide: Areas, inject: [DATABASE], useFactory: (database: Database) => new PgAreas(database) },
    { provide: PlaceBook, inject: [DATABASE], useFactory: (database: Database) => new PgPlaceBook(database) },
  ],
  exports: [Areas, PlaceBook],
})
export class AreasModule {}
