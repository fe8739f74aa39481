import { Global, Module } from '@nestjs/common';
import type { Clock } from '../../kernel/clock';
import type { Config } from '../../kernel/config';
import type { Database } from '../../kernel/database';
import { Leaves } from '../../kernel/leaf';
import type { Log } from '../../kernel/log';
import { Outbox } from '../../kernel/outbox';
import { CLOCK, CONFIG, DATABASE, LOG } from '../../kernel/tokens';
import { AccessModule, Accounts, serverScope } from '../access';
import { AuditLog } from './audit';
import { AuditController } from './audit.controller';
import { AuditReader } from './audit-reader';
import type { AuditStore } from './audit.store';
import { PgAuditStore } from './audit.store.pg';
import { AuditWorker } from './audit-worker';
import { CheckRows } from './check-rows';
import { ErasePerson } from './erase-person';
import { AuditEvidence } from './evidence';
import { ExportAudit } from './export-audit';
import { LogKeys } from './log-keys';
import { SecurityEvents } from './security-events';
import { SequenceLeaves } from './sequence-leaves';
import { WatchLogs } from './watch-logs';

const STORE = Symbol('audit store');
const scope = serverScope('audit sequencer');

@Global()
@Module({
  imports: [AccessModule],
  controllers: [AuditController],
  providers: [
    { provide: STORE, inject: [DATABASE], useFactory: (database: Database) => new PgAuditStore(database) },
    { provide: LogKeys, inject: [CONFIG], useFactory: (config: Config) => new LogKeys(config.keysDir) },
    {
      provide: SequenceLeaves,
      inject: [STORE, DATABASE, CLOCK, LogKeys, LOG],
      useFactory: (store: AuditStore, database: Database, clock: Clock, keys: LogKeys, log: Log) => new SequenceLeaves(store, database, clock, keys, log, scope),
    },
    {
      provide: AuditLog,
      inject: [SequenceLeaves, STORE, LOG],
      useFactory: (sequence: SequenceLeaves, store: AuditStore, log: Log) => new AuditWorker(sequence, store, log, scope),
    },
    AuditEvidence,
    {
      provide: ErasePerson,
      inject: [STORE, Accounts, DATABASE, Leaves],
      useFactory: (store: AuditStore, accounts: Accounts, database: Database, leaves: Leaves) => new ErasePerson(store, accounts, database, leaves),
    },
    { provide: ExportAudit, inject: [STORE, AuditEvidence, CLOCK], useFactory: (store: AuditStore, evidence: AuditEvidence, clock: Clock) => new ExportAudit(store, evidence, clock) },
    { provide: AuditReader, inject: [STORE], useFactory: (store: AuditStore) => new AuditReader(store) },
    {
      provide: WatchLogs,
      inject: [STORE, SecurityEvents, AuditEvidence, CLOCK, LOG],
      useFactory: (store: AuditStore, events: SecurityEvents, evidence: AuditEvidence, clock: Clock, log: Log) => new WatchLogs(store, events, evidence, clock, log, scope),
    },
    {
      provide: CheckRows,
      inject: [STORE, SecurityEvents, AuditEvidence, WatchLogs, CLOCK, LOG],
      useFactory: (store: AuditStore, events: SecurityEvents, evidence: AuditEvidence, logs: WatchLogs, clock: Clock, log: Log) => new CheckRows(store, events, evidence, logs, clock, log, scope),
    },
    { provide: SecurityEvents, inject: [DATABASE, CLOCK, Outbox], useFactory: (database: Database, clock: Clock, outbox: Outbox) => new SecurityEvents(database, clock, outbox) },
  ],
  exports: [AuditLog, WatchLogs, CheckRows, AuditEvidence, SecurityEvents, SequenceLeaves],
})
export class AuditModule {}
