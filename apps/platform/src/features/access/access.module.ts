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
import { Challenges } from './challenge';
import { EnrolFactors } from './enrol-factors';
import { FactorsController } from './factors.controller';
import { KnownDevices } from './known-devices';
import type { KnownDevicesStore } from './known-devices.store';
import { PgKnownDevicesStore } from './known-devices.store.pg';
import { OfferSetup } from './offer-setup';
import { OpenSession } from './open-session';
import { PasswordsController } from './passwords.controller';
import { RequestBudget } from './request-budget';
import { RevokeAccount } from './revoke-account';
import { openOrMakeSealKey, SEAL_KEY_FILE, type SealKey } from './seal-key';
import { SecondFactors } from './second-factors';
import type { SecondFactorsStore } from './second-factors.store';
import { PgSecondFactorsStore } from './second-factors.store.pg';
import { openOrMakeServerKey, type ServerKey } from './server-key-file';
import { StoredAccounts, StoredSessions } from './sessions';
import { SetPassword } from './set-password';
import { SignIn } from './sign-in';
import { SignInGate } from './sign-in-gate';
import { UnlockAccount } from './unlock-account';

const STORE = Symbol('access store');
const FACTORS_STORE = Symbol('second factors store');
const DEVICES_STORE = Symbol('known devices store');
/** Name of the token key inside CLARION_KEYS; the STOP process reads its public half. */
export const TOKEN_KEY_FILE = 'access-token.json';
const SWEEP_MS = 15 * 60_000;

/** Opens the server's own keys for signing in while the module starts; before that nobody can have signed in. */
export class SignInKeys {
  private held: ServerKey | undefined;
  private sealing: SealKey | undefined;

  readonly get = (): ServerKey => {
    if (this.held === undefined) throw operationalError('SERVER_KEY_MISSING', 'The key that signs access tokens is not open yet.');
    return this.held;
  };

  readonly seal = (): SealKey => {
    if (this.sealing === undefined) throw operationalError('SERVER_KEY_MISSING', 'The key that seals second factors is not open yet.');
    return this.sealing;
  };

  async open(keysDir: string, random: Clock['random']): Promise<void> {
    this.held = await openOrMakeServerKey(path.join(keysDir, TOKEN_KEY_FILE));
    this.sealing = openOrMakeSealKey(path.join(keysDir, SEAL_KEY_FILE), random);
  }
}

@Global()
@Module({
  imports: [AreasModule],
  controllers: [AccessController, FactorsController, PasswordsController],
  providers: [
    SignInKeys,
    { provide: STORE, inject: [DATABASE], useFactory: (database: Database) => new PgAccessStore(database) },
    { provide: FACTORS_STORE, inject: [DATABASE], useFactory: (database: Database) => new PgSecondFactorsStore(database) },
    { provide: DEVICES_STORE, inject: [DATABASE], useFactory: (database: Database) => new PgKnownDevicesStore(database) },
    { provide: KnownDevices, inject: [DEVICES_STORE, CLOCK], useFactory: (store: KnownDevicesStore, clock: Clock) => new KnownDevices(store, clock) },
    { provide: Accounts, inject: [STORE, CLOCK, CONFIG], useFactory: (store: AccessStore, clock: Clock, config: Config) => new StoredAccounts(store, clock, config.signIn.idleMs) },
    {
      provide: StoredSessions,
      inject: [STORE, DATABASE, CLOCK, SignInKeys, CONFIG],
      useFactory: (store: AccessStore, database: Database, clock: Clock, keys: SignInKeys, config: Config) => new StoredSessions(store, database, clock, keys.get, config.signIn.idleMs),
    },
    { provide: Sessions, useExisting: StoredSessions },
    { provide: SignInGate, inject: [STORE, KnownDevices, CLOCK], useFactory: (store: AccessStore, devices: KnownDevices, clock: Clock) => new SignInGate(store, devices, clock) },
    { provide: Challenges, inject: [CLOCK, SignInKeys, FACTORS_STORE], useFactory: (clock: Clock, keys: SignInKeys, store: SecondFactorsStore) => new Challenges(clock, keys.seal, store) },
    {
      provide: SecondFactors,
      inject: [FACTORS_STORE, CLOCK, SignInKeys],
      useFactory: (store: SecondFactorsStore, clock: Clock, keys: SignInKeys) => new SecondFactors(store, clock, keys.seal),
    },
    {
      provide: OpenSession,
      inject: [STORE, CLOCK, SignInKeys, CONFIG, LeavesToken],
      useFactory: (store: AccessStore, clock: Clock, keys: SignInKeys, config: Config, leaves: Leaves) => new OpenSession(store, clock, keys.get, config.demo, leaves),
    },
    {
      provide: SignIn,
      inject: [STORE, DATABASE, CLOCK, SignInGate, SecondFactors, OpenSession, KnownDevices, CONFIG],
      useFactory: (store: AccessStore, database: Database, clock: Clock, gate: SignInGate, factors: SecondFactors, sessions: OpenSession, devices: KnownDevices, config: Config) =>
        new SignIn(store, database, clock, gate, factors, sessions, devices, config.signIn.factorRequired),
    },
    {
      provide: EnrolFactors,
      inject: [STORE, FACTORS_STORE, SecondFactors, SignInGate, OpenSession, DATABASE, CLOCK, LeavesToken, SignInKeys, CONFIG],
      useFactory: (accounts: AccessStore, store: SecondFactorsStore, factors: SecondFactors, gate: SignInGate, sessions: OpenSession, transactions: Database, clock: Clock, leaves: Leaves, keys: SignInKeys, { signIn, origins }: Config) =>
        new EnrolFactors({ accounts, store, factors, gate, sessions, transactions, clock, leaves, key: keys.seal, factorRequired: signIn.factorRequired, origins }),
    },
    {
      provide: RevokeAccount,
      inject: [STORE, FACTORS_STORE, DATABASE, CLOCK, LeavesToken],
      useFactory: (accounts: AccessStore, factors: SecondFactorsStore, database: Database, clock: Clock, leaves: Leaves) => new RevokeAccount(accounts, factors, database, clock, leaves),
    },
    { provide: OfferSetup, inject: [STORE, DATABASE, CLOCK, LeavesToken, KnownDevices], useFactory: (accounts: AccessStore, database: Database, clock: Clock, leaves: Leaves, devices: KnownDevices) => new OfferSetup(accounts, database, clock, leaves, devices) },
    {
      provide: UnlockAccount,
      inject: [STORE, KnownDevices, DATABASE, CLOCK, LeavesToken],
      useFactory: (accounts: AccessStore, devices: KnownDevices, database: Database, clock: Clock, leaves: Leaves) => new UnlockAccount(accounts, devices, database, clock, leaves),
    },
    {
      provide: SetPassword,
      inject: [STORE, DATABASE, CLOCK, SignInGate, SecondFactors, LeavesToken],
      useFactory: (accounts: AccessStore, database: Database, clock: Clock, gate: SignInGate, factors: SecondFactors, leaves: Leaves) => new SetPassword(accounts, database, clock, gate, factors, leaves),
    },
    { provide: RequestBudget, inject: [CLOCK, CONFIG], useFactory: (clock: Clock, config: Config) => new RequestBudget(clock, config.signIn.requestsPerSecond) },
    { provide: APP_GUARD, inject: [Sessions, RequestBudget], useFactory: (sessions: Sessions, budget: RequestBudget) => new AccessGuard(sessions, budget) },
  ],
  exports: [Accounts, Sessions, Challenges],
})
export class AccessModule implements OnModuleInit, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly keys: SignInKeys,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
    @Inject(STORE) private readonly store: AccessStore,
    @Inject(FACTORS_STORE) private readonly factors: SecondFactorsStore,
    @Inject(DEVICES_STORE) private readonly devices: KnownDevicesStore,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.keys.open(this.config.keysDir, (bytes) => this.clock.random(bytes));
    this.timer = setInterval(() => {
      Promise.all([this.store.sweep(this.clock.now()), this.factors.sweep(this.clock.now()), this.devices.sweep(this.clock.now())]).catch((cause: unknown) => this.log.warn('access.sweep-failed', {}, cause));
    }, SWEEP_MS);
    this.timer.unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }
}
