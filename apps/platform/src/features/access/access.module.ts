import path from 'node:path';
import { Global, Inject, Module, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { Clock } from '../../kernel/clock';
import type { Config } from '../../kernel/config';
import type { Database } from '../../kernel/database';
import { operationalError } from '../../kernel/errors';
import type { Leaves } from '../../kernel/leaf';
import { Leaves as LeavesToken } from '../../kernel/leaf';
import type { Log } from '../../kernel/log';
import { CLOCK, CONFIG, DATABASE, LOG } from '../../kernel/tokens';
import { AreasModule } from '../areas';
import { AccessController } from './access.controller';
import { AccessGuard } from './access.guard';
import type { AccessStore } from './access.store';
import { PgAccessStore } from './access.store.pg';
import { Accounts, Sessions } from './accounts';
import { openOrMakeServerKey, type ServerKey } from './server-key-file';
import { StoredAccounts, StoredSessions } from './sessions';
import { SignIn } from './sign-in';

const STORE = Symbol('access store');
/** Name of the token key inside CLARION_KEYS; the STOP process reads its public half. */
export const TOKEN_KEY_FILE = 'access-token.json';
const SWEEP_MS = 15 * 60_000;

/** Opens the token key while the module starts; before that nobody can have signed in. */
export class TokenKey {
  private held: ServerKey | undefined;

  readonly get = (): ServerKey => {
    if (this.held === undefined) throw operationalError('SERVER_KEY_MISSING', 'The key that signs access tokens is not open yet.');
    return this.held;
  };

  async open(keysDir: string): Promise<void> {
    this.held = await openOrMakeServerKey(path.join(keysDir, TOKEN_KEY_FILE));
  }
}

@Global()
@Module({
  imports: [AreasModule],
  controllers: [AccessController],
  providers: [
    TokenKey,
    { provide: STORE, inject: [DATABASE], useFactory: (database: Database) => new PgAccessStore(database) },
    { provide: Accounts, inject: [STORE], useFactory: (store: AccessStore) => new StoredAccounts(store) },
    {
      provide: StoredSessions,
      inject: [STORE, DATABASE, CLOCK, TokenKey],
      useFactory: (store: AccessStore, database: Database, clock: Clock, key: TokenKey) => new StoredSessions(store, database, clock, key.get),
    },
    { provide: Sessions, useExisting: StoredSessions },
    {
      provide: SignIn,
      inject: [STORE, DATABASE, CLOCK, TokenKey, CONFIG, LeavesToken],
      useFactory: (store: AccessStore, database: Database, clock: Clock, key: TokenKey, config: Config, leaves: Leaves) =>
        new SignIn(store, database, clock, key.get, config.demo, leaves),
    },
    { provide: APP_GUARD, inject: [Sessions], useFactory: (sessions: Sessions) => new AccessGuard(sessions) },
  ],
  exports: [Accounts, Sessions],
})
export class AccessModule implements OnModuleInit, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly tokenKey: TokenKey,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
    @Inject(STORE) private readonly store: AccessStore,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.tokenKey.open(this.config.keysDir);
    this.timer = setInterval(() => {
      this.store.sweep(this.clock.now()).catch((cause: unknown) => this.log.warn('access.sweep-failed', {}, cause));
    }, SWEEP_MS);
    this.timer.unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }
}
