import { Module } from '@nestjs/common';
import type { Database } from '../../../kernel/database';
import { DATABASE } from '../../../kernel/tokens';
import { AuditModule } from '../../audit';
import { KeepPapers } from '../papers/keep-papers';
import { PapersController } from '../papers/papers.controller';
import { PAPERS_STORE } from '../papers/papers.store';
import { PgPapersStore } from '../papers/papers.store.pg';
import { SignPapers } from '../papers/sign-papers';
import { AlarmTurns } from './alarm-turns';
import { KeysController } from './keys.controller';
import { KEYS_STORE } from './keys.store';
import { PgKeysStore } from './keys.store.pg';
import { ProvePossession } from './prove-possession';
import { ReadCanSign } from './read-can-sign';
import { RequestKey } from './request-key';
import { WatchExpiry } from './watch-expiry';
import { WatchSigners } from './watch-signers';

/** Persons' keys through their life, and the papers in which officers put them into force. */
@Module({
  imports: [AuditModule],
  controllers: [KeysController, PapersController],
  providers: [
    { provide: KEYS_STORE, inject: [DATABASE], useFactory: (database: Database) => new PgKeysStore(database) },
    { provide: PAPERS_STORE, inject: [DATABASE], useFactory: (database: Database) => new PgPapersStore(database) },
    RequestKey, ProvePossession, ReadCanSign, AlarmTurns, WatchSigners, WatchExpiry, KeepPapers, SignPapers,
  ],
})
export class KeysModule {}
