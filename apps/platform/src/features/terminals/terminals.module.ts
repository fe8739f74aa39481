import { Global, Inject, Module, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { LIMITS } from '#libs/contracts';
import { InternalModule, InternalRoutes } from '../../internal';
import type { Clock } from '../../kernel/clock';
import { Notifications, type Database } from '../../kernel/database';
import { Leaves } from '../../kernel/leaf';
import type { Log } from '../../kernel/log';
import { Outbox } from '../../kernel/outbox';
import { CLOCK, DATABASE, LOG } from '../../kernel/tokens';
import { serverScope } from '../access';
import { Areas } from '../areas';
import { SecurityEvents } from '../audit';
import { AuthorityModule, BootstrapSteps, Trust } from '../authority';
import { AcceptAssignments } from './accept-assignments';
import { PgAssignmentEvidence } from './assignment-evidence.store.pg';
import { PgUnsaidTerminals } from './unsaid-terminals.store.pg';
import { CapTerminal } from './cap-terminal';
import { ClaimTerminal } from './claim-terminal';
import { DraftBatches } from './draft-batches';
import { Fleet } from './fleet';
import { IssueTerminal } from './issue-terminal';
import { PresenceBoard } from './presence';
import { PresenceWriter } from './presence-writer';
import { ReadTerminals } from './read-terminals';
import { TerminalRegistry } from './registry';
import { REGISTRY_CHANNEL } from './registry-channel';
import { RegistryReader } from './registry-reader';
import { TakeAlarms } from './take-alarms';
import { Terminals } from './terminals';
import { TerminalsController } from './terminals.controller';
import type { TerminalsStore } from './terminals.store';
import { PgTerminalsStore } from './terminals.store.pg';

const STORE = Symbol('terminals store');
const scope = serverScope('terminals');
const SWEEP_MS = 10_000;
const CLAIM_MS = LIMITS.claimCodeHours * 3_600_000;

@Global()
@Module({
  imports: [AuthorityModule, InternalModule],
  controllers: [TerminalsController],
  providers: [
    TerminalRegistry,
    PresenceBoard,
    PgAssignmentEvidence,
    PgUnsaidTerminals,
    { provide: STORE, inject: [DATABASE], useFactory: (database: Database) => new PgTerminalsStore(database) },
    {
      provide: PresenceWriter,
      inject: [STORE, DATABASE],
      useFactory: (store: TerminalsStore, database: Database) => new PresenceWriter(store, database, scope),
    },
    {
      provide: RegistryReader,
      inject: [TerminalRegistry, STORE, Trust, LOG],
      useFactory: (registry: TerminalRegistry, store: TerminalsStore, trust: Trust, log: Log) => new RegistryReader(registry, store, trust, log, scope),
    },
    {
      provide: Terminals,
      inject: [TerminalRegistry, PresenceBoard, PresenceWriter, STORE, Trust, CLOCK],
      useFactory: (registry: TerminalRegistry, board: PresenceBoard, writer: PresenceWriter, store: TerminalsStore, trust: Trust, clock: Clock) =>
        new Fleet(registry, board, writer, store, trust, clock, scope),
    },
    {
      provide: ClaimTerminal,
      inject: [STORE, DATABASE, CLOCK, Leaves, SecurityEvents, Trust],
      useFactory: (store: TerminalsStore, database: Database, clock: Clock, leaves: Leaves, events: SecurityEvents, trust: Trust) =>
        new ClaimTerminal(store, database, clock, leaves, events, trust, scope),
    },
    {
      provide: TakeAlarms,
      inject: [DATABASE, SecurityEvents, TerminalRegistry],
      useFactory: (database: Database, events: SecurityEvents, registry: TerminalRegistry) => new TakeAlarms(database, events, registry),
    },
    {
      provide: DraftBatches,
      inject: [TerminalRegistry, Trust, CLOCK],
      useFactory: (registry: TerminalRegistry, trust: Trust, clock: Clock) => new DraftBatches(registry, trust, clock),
    },
    {
      provide: AcceptAssignments,
      inject: [STORE, TerminalRegistry, Trust, DATABASE, CLOCK, Leaves, Outbox, RegistryReader],
      useFactory: (
        store: TerminalsStore, registry: TerminalRegistry, trust: Trust, database: Database, clock: Clock, leaves: Leaves, outbox: Outbox, reader: RegistryReader,
      ) => new AcceptAssignments(store, registry, trust, database, clock, leaves, outbox, () => reader.read()),
    },
    {
      provide: IssueTerminal,
      inject: [STORE, Areas, DATABASE, CLOCK, Leaves, RegistryReader],
      useFactory: (store: TerminalsStore, areas: Areas, database: Database, clock: Clock, leaves: Leaves, reader: RegistryReader) =>
        new IssueTerminal(store, areas, database, clock, leaves, () => reader.read()),
    },
    {
      provide: CapTerminal,
      inject: [STORE, DATABASE, CLOCK, Leaves, RegistryReader],
      useFactory: (store: TerminalsStore, database: Database, clock: Clock, leaves: Leaves, reader: RegistryReader) =>
        new CapTerminal(store, database, clock, leaves, () => reader.read()),
    },
    {
      provide: ReadTerminals,
      inject: [TerminalRegistry, PresenceBoard, STORE, Areas, Trust],
      useFactory: (registry: TerminalRegistry, board: PresenceBoard, store: TerminalsStore, areas: Areas, trust: Trust) =>
        new ReadTerminals(registry, board, store, areas, trust),
    },
  ],
  exports: [Terminals],
})
export class TerminalsModule implements OnModuleInit, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private stopListening: (() => void) | undefined;

  constructor(
    private readonly registry: TerminalRegistry,
    private readonly reader: RegistryReader,
    private readonly board: PresenceBoard,
    private readonly writer: PresenceWriter,
    private readonly claims: ClaimTerminal,
    private readonly alarms: TakeAlarms,
    private readonly routes: InternalRoutes,
    private readonly notifications: Notifications,
    private readonly trust: Trust,
    bootstrap: BootstrapSteps,
    @Inject(STORE) private readonly store: TerminalsStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
  ) {
    bootstrap.add((tx, { terminals }) => store.add(scope, tx, terminals, clock.now() + CLAIM_MS));
  }

  async onModuleInit(): Promise<void> {
    await this.reader.read();
    this.board.restore(await this.store.openIntervals(scope), this.clock.now());
    this.trust.onChange(() => this.reader.read());
    this.answerGateway();
    const warn = (code: string) => (cause: unknown) => this.log.warn(code, {}, cause);
    this.stopListening = this.notifications.on(REGISTRY_CHANNEL, () => void this.reader.soon());
    this.timer = setInterval(() => {
      this.writer.write(this.board.sweep(this.clock.now())).catch(warn('terminals.presence-unwritten'));
    }, SWEEP_MS);
    this.timer.unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
    this.reader.stop();
    this.stopListening?.();
  }

  private answerGateway(): void {
    this.routes.answer('directory', async ({ revision }) => {
      const current = this.registry.keysRevision();
      if (revision === current) return { revision, devices: null };
      const devices = this.registry.all().flatMap(({ id, deviceKey, state, assignment }) => (
        deviceKey === null || state === 'retired' ? [] : [{ terminal: id, key: deviceKey, areas: assignment?.entry.areas.map((area) => area.id) ?? [] }]));
      return { revision: current, devices };
    });
    this.routes.answer('claim', async (claim) => {
      const answer = await this.claims.run(claim);
      if (answer.ok) this.reader.enrolled(answer.terminal, claim.key);
      return answer;
    });
    this.routes.answer('alarms', async ({ alarms }) => {
      await this.alarms.run(alarms);
      return {};
    });
    this.routes.answer('presence', async ({ gateway, reset, changes }) => {
      const known = changes.filter(({ terminal }) => this.registry.get(terminal) !== undefined);
      await this.writer.write(this.board.take(gateway, reset, known, this.clock.now()));
      return {};
    });
  }
}
