import { Global, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { Inject } from '@nestjs/common';
import type { Clock } from './clock';
import type { Config } from './config';
import type { Database } from './database/database';
import { Notifications } from './database/notifications';
import { Housekeeping } from './housekeeping';
import { Leaves } from './leaf';
import type { Log } from './log';
import { Outbox, OutboxWorker } from './outbox';
import { PlainSockets } from './socket';
import { CLOCK, CONFIG, DATABASE, LOG, TRANSACTIONS } from './tokens';

export interface KernelOptions {
  readonly clock: Clock;
  readonly config: Config;
  readonly database: Database;
  readonly log: Log;
}

/** Makes the kernel injectable everywhere: CLOCK, CONFIG, DATABASE, TRANSACTIONS, LOG, Outbox, OutboxWorker, Leaves, Notifications, PlainSockets. */
@Global()
@Module({})
export class KernelModule implements OnApplicationShutdown {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  static with({ clock, config, database, log }: KernelOptions): DynamicModule {
    return {
      module: KernelModule,
      providers: [
        { provide: CLOCK, useValue: clock },
        { provide: CONFIG, useValue: config },
        { provide: DATABASE, useValue: database },
        { provide: TRANSACTIONS, useValue: database },
        { provide: LOG, useValue: log },
        Notifications, Outbox, OutboxWorker, Leaves, Housekeeping, PlainSockets,
      ],
      exports: [CLOCK, CONFIG, DATABASE, TRANSACTIONS, LOG, Notifications, Outbox, OutboxWorker, Leaves, PlainSockets],
    };
  }

  /** Last of all: workers stop in beforeApplicationShutdown and still need it. */
  onApplicationShutdown(): Promise<void> {
    return this.database.close();
  }
}
