import path from 'node:path';
import { Global, Inject, Module, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Clock } from '../../kernel/clock';
import type { Config } from '../../kernel/config';
import { Notifications, type Database } from '../../kernel/database';
import { Leaves } from '../../kernel/leaf';
import type { Log } from '../../kernel/log';
import { Outbox } from '../../kernel/outbox';
import { Ticker } from '../../kernel/ticker';
import { CLOCK, CONFIG, DATABASE, LOG } from '../../kernel/tokens';
import { Accounts, serverScope } from '../access';
import { Areas, PlaceBook } from '../areas';
import { AuditModule, AuditLog, SecurityEvents } from '../audit';
import { Beacons, BootstrapSteps, History, ServerKeys, Trust } from './authority';
import { AuthorityController } from './authority.controller';
import type { AuthorityStore } from './authority.store';
import { PgAuthorityStore } from './authority.store.pg';
import { SignedBeacons } from './beacons';
import { ClockWatch, type ClockFault } from './clock-watch';
import { ConfirmTime } from './confirm-time';
import { PgDocumentEvidence } from './document-evidence.store.pg';
import { PgUnsaidDocuments } from './unsaid-documents.store.pg';
import { BootstrapStepList, ImportBootstrap } from './import-bootstrap';
import { HistoryWatch, type Doubt } from './history-watch';
import { HistoryFiles } from './kept-history';
import { PasskeyCounters } from './passkey-counters';
import { AnswerRequests } from './keys/answer-requests';
import { PgKeysStore } from './keys/keys.store.pg';
import { TimeFile } from './kept-time';
import { ProvingDocuments } from './proving-documents';
import { PublishDocuments } from './publish-documents';
import { RaiseEpoch } from './raise-epoch';
import { ReadAuthority } from './read-authority';
import { RecordDocuments } from './record-documents';
import { RootPin } from './root-pin';
import { FileServerKeys } from './server-keys';
import { SigningPages } from './signing-pages';
import { PgSigningPagesStore } from './signing-pages.store.pg';
import { TRUST_CHANNEL, TrustKeeper } from './trust-keeper';

const STORE = Symbol('authority store');
const WATCH_EVERY_MS = 1_000;
const LOOK_EVERY_MS = 5_000;
const PAGES_EVERY_MS = 60_000;
/** A demo may lie for months. */
const LONGEST_OFF_MS = 7 * 86_400_000;
const scope = serverScope('authority');

@Global()
@Module({
  imports: [AuditModule],
  controllers: [AuthorityController],
  providers: [
    { provide: STORE, inject: [DATABASE], useFactory: (database: Database) => new PgAuthorityStore(database) },
    {
      provide: TrustKeeper,
      inject: [STORE, CONFIG, LOG, RootPin],
      useFactory: (store: AuthorityStore, config: Config, log: Log, pin: RootPin) => new TrustKeeper(store, config.demo, log, scope, pin),
    },
    { provide: RootPin, inject: [CONFIG], useFactory: (config: Config) => new RootPin(path.join(config.keysDir, 'root-pin.json')) },
    { provide: Trust, useExisting: TrustKeeper },
    { provide: FileServerKeys, inject: [CONFIG, LOG], useFactory: (config: Config, log: Log) => new FileServerKeys(config.keysDir, log) },
    { provide: ServerKeys, useExisting: FileServerKeys },
    { provide: Beacons, useExisting: SignedBeacons },
    {
      provide: SignedBeacons,
      inject: [TrustKeeper, FileServerKeys, AuditLog, STORE, CLOCK, ClockWatch],
      useFactory: (trust: Trust, keys: ServerKeys, audit: AuditLog, store: AuthorityStore, clock: Clock, watch: ClockWatch) =>
        new SignedBeacons(trust, keys, audit, store, clock, watch, scope),
    },
    {
      provide: HistoryWatch,
      inject: [CONFIG, LOG, STORE, AuditLog, DATABASE, CLOCK, TrustKeeper, SecurityEvents],
      useFactory: (config: Config, log: Log, store: AuthorityStore, audit: AuditLog, database: Database, clock: Clock, trust: Trust, events: SecurityEvents) =>
        new HistoryWatch(new HistoryFiles(config.dataDir, log), store, audit, database, trust, clock, scope, (doubt) => tellDoubt(doubt, { log, trust, events })),
    },
    { provide: History, useExisting: HistoryWatch },
    {
      provide: RaiseEpoch,
      inject: [HistoryWatch, STORE, TrustKeeper, SignedBeacons, CLOCK, DATABASE, Leaves],
      useFactory: (watch: HistoryWatch, store: AuthorityStore, trust: Trust, beacons: SignedBeacons, clock: Clock, database: Database, leaves: Leaves) =>
        new RaiseEpoch(watch, store, trust, beacons, clock, database, leaves),
    },
    {
      provide: ClockWatch,
      inject: [CLOCK, CONFIG, LOG, TrustKeeper, SecurityEvents],
      useFactory: (clock: Clock, config: Config, log: Log, trust: Trust, events: SecurityEvents) =>
        new ClockWatch(clock, new TimeFile(path.join(config.dataDir, 'time.json'), log), config.demo ? Infinity : LONGEST_OFF_MS, (fault) => tellClockFault(fault, { log, trust, events })),
    },
    {
      provide: ConfirmTime,
      inject: [ClockWatch, CLOCK, DATABASE, Leaves],
      useFactory: (watch: ClockWatch, clock: Clock, database: Database, leaves: Leaves) => new ConfirmTime(watch, clock, database, leaves),
    },
    {
      provide: RecordDocuments,
      inject: [STORE, Areas, Accounts, Leaves, Outbox, SecurityEvents],
      useFactory: (store: AuthorityStore, areas: Areas, accounts: Accounts, leaves: Leaves, outbox: Outbox, events: SecurityEvents) =>
        new RecordDocuments(store, areas, accounts, leaves, outbox, events, scope),
    },
    {
      provide: PublishDocuments,
      inject: [TrustKeeper, STORE, RecordDocuments, DATABASE, CLOCK, SecurityEvents, Leaves],
      useFactory: (keeper: TrustKeeper, store: AuthorityStore, record: RecordDocuments, database: Database, clock: Clock, events: SecurityEvents, leaves: Leaves) =>
        new PublishDocuments(keeper, store, record, database, clock, events, new AnswerRequests(new PgKeysStore(database), leaves)),
    },
    PgDocumentEvidence,
    PgUnsaidDocuments,
    BootstrapStepList,
    { provide: BootstrapSteps, useExisting: BootstrapStepList },
    {
      provide: ImportBootstrap,
      inject: [CONFIG, STORE, RecordDocuments, Accounts, BootstrapStepList, DATABASE, CLOCK, RootPin, HistoryWatch],
      useFactory: (config: Config, store: AuthorityStore, record: RecordDocuments, accounts: Accounts, steps: BootstrapStepList, database: Database, clock: Clock, pin: RootPin, history: HistoryWatch) =>
        new ImportBootstrap(path.join(config.dataDir, 'bootstrap.json'), config.demo, store, record, accounts, steps, database, clock, scope, pin, history),
    },
    { provide: PasskeyCounters, inject: [STORE, TrustKeeper, CLOCK], useFactory: (store: AuthorityStore, trust: Trust, clock: Clock) => new PasskeyCounters(store, trust, clock, scope) },
    {
      provide: SigningPages,
      inject: [CONFIG, TrustKeeper, DATABASE, Leaves, CLOCK, LOG],
      useFactory: (config: Config, trust: Trust, database: Database, leaves: Leaves, clock: Clock, log: Log) =>
        new SigningPages(config.watchedSignOrigin, trust, new PgSigningPagesStore(), database, leaves, clock, log, scope),
    },
    { provide: ProvingDocuments, inject: [TrustKeeper, STORE], useFactory: (trust: Trust, store: AuthorityStore) => new ProvingDocuments(trust, store, scope) },
    { provide: ReadAuthority, inject: [TrustKeeper, STORE], useFactory: (trust: Trust, store: AuthorityStore) => new ReadAuthority(trust, store) },
  ],
  exports: [Trust, ServerKeys, Beacons, History, BootstrapSteps, PasskeyCounters, ProvingDocuments, PublishDocuments],
})
export class AuthorityModule implements OnModuleInit, BeforeApplicationShutdown {
  private stopListening: (() => void) | undefined;
  private readonly ticker: Ticker;
  private readonly looking: Ticker;
  private readonly pagesTicker: Ticker;

  constructor(
    private readonly keeper: TrustKeeper,
    private readonly keys: FileServerKeys,
    private readonly bootstrap: ImportBootstrap,
    private readonly notifications: Notifications,
    @Inject(LOG) private readonly log: Log,
    watch: ClockWatch,
    private readonly history: HistoryWatch,
    pages: SigningPages,
    steps: BootstrapSteps,
    places: PlaceBook,
  ) {
    this.ticker = new Ticker('authority.clock-watch', WATCH_EVERY_MS, () => Promise.resolve(void watch.check()), log);
    this.looking = new Ticker('authority.history-watch', LOOK_EVERY_MS, async () => { await history.look(); }, log);
    this.pagesTicker = new Ticker('authority.signing-pages', PAGES_EVERY_MS, () => pages.look(), log);
    steps.add((tx, { naturalVillages = [], publicPlaces = [] }) => places.add(scope, tx, { naturalVillages, publicPlaces }));
  }

  /** Every feature has been constructed by now and has added its bootstrap step. */
  async onModuleInit(): Promise<void> {
    if (await this.bootstrap.run()) this.log.info('bootstrap.imported');
    await this.keeper.refresh();
    if (this.keeper.isReady()) await this.keys.open(this.keeper.state());
    else this.log.warn('authority.not-bootstrapped');
    this.keeper.onChange((state) => this.keys.open(state));
    if (this.keeper.isReady()) await this.history.look();
    this.ticker.start();
    this.looking.start();
    this.pagesTicker.start();
    this.stopListening = this.notifications.on(TRUST_CHANNEL, () => {
      this.keeper.refresh().catch((cause: unknown) => this.log.error('authority.refresh-failed', {}, cause));
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopListening?.();
    await this.ticker.stop();
    await this.looking.stop();
    await this.pagesTicker.stop();
  }
}

/** The district's people see it as an incident; until somebody acts terminals go by what they were told before. */
function tellClockFault(fault: ClockFault, { log, trust, events }: { readonly log: Log; readonly trust: Trust; readonly events: SecurityEvents }): void {
  log.error('authority.clock-doubtful', { kind: fault.kind, byMs: fault.byMs });
  if (!trust.isReady()) return;
  const platform = trust.state().root.value.district;
  events.recordAlone({ platform, terminal: null, at: fault.since, kind: 'server-clock', code: null, subject: null, keyIds: [] })
    .catch((cause: unknown) => log.warn('authority.clock-doubt-unrecorded', {}, cause));
}

/** The district's people see it as an incident; terminals, which remember, refuse what is old by themselves. */
function tellDoubt({ since, logs, missing }: Doubt, { log, trust, events }: { readonly log: Log; readonly trust: Trust; readonly events: SecurityEvents }): void {
  log.error('authority.database-doubtful', { logs: logs.length, missing: missing.length });
  if (!trust.isReady()) return;
  const platform = trust.state().root.value.district;
  events.recordAlone({ platform, terminal: null, at: since, kind: 'database-older', code: null, subject: null, keyIds: [] })
    .catch((cause: unknown) => log.warn('authority.database-doubt-unrecorded', {}, cause));
}
