import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { systemClock } from '../../platform/src/kernel/clock';
import type { Config } from '../../platform/src/kernel/config';
import { migrate } from '../../platform/src/kernel/database/migrate';
import { portIsFree } from '../../platform/src/kernel/database/embedded/port';
import { errorCode, operationalError } from '../../platform/src/kernel/errors';
import { migrations } from '../../platform/src/migrations';
import { Child, type ChildSpec } from './child';
import { CHILD_NAMES, childSpec, type ChildName } from './children';
import type { SupervisorConfig } from './config';
import { DatabaseHome } from './database-home';
import { DemoCli, type DemoSignIn } from './demo-cli';
import { takeLock } from './pid-file';
import type { Usage } from './usage';

export interface SystemOptions {
  /** Settings, usually `readConfig()`; change `platform.dataDir`, `platform.keysDir`, `demoKeysDir`, `portOffset` for a system of its own. */
  readonly config: SupervisorConfig;
  /** The folder that holds the compiled apps/ and libs/. */
  readonly dist: string;
  readonly small?: boolean;
  /** Phones and terminals on the network reach it, over TLS. */
  readonly lan?: boolean;
  /** Which processes to run; all of them that are built when not given. */
  readonly children?: readonly ChildName[];
  /** Other processes than ours, for tests. */
  readonly specs?: readonly ChildSpec[];
  /** Sets the demo district up and settles its terminals. Default: when the settings say demo. */
  readonly demo?: boolean;
  readonly say?: (line: string) => void;
  /** When this settles before everything is up, the start is broken off, what came up is ended, and START_STOPPED refused. */
  readonly until?: Promise<void>;
}

/** A running system. Names are 'platform', 'stop', 'gateway', 'sign', 'simulator' (and those of `specs`). */
export interface RunningSystem {
  readonly signIn: DemoSignIn | null;
  /** Named but not built, so not running. */
  readonly missing: readonly string[];
  readonly ownerDatabaseUrl: string;
  readonly appDatabaseUrl: string;
  /** Process ids of what runs now, the database's under 'database'. */
  pids(): Readonly<Record<string, number>>;
  /** Sends a signal (SIGKILL) and waits until the process is gone; the supervisor starts it again. */
  kill(name: string, signal?: NodeJS.Signals): Promise<void>;
  /** Waits until it is ready (again). */
  untilReady(name: string): Promise<void>;
  /** Ends it in order, starts it, waits until it is ready. */
  restart(name: string): Promise<void>;
  /** Ends it without mercy and keeps it down until `raise`. */
  hold(name: string): Promise<void>;
  raise(name: string): Promise<void>;
  stopDatabase(): Promise<void>;
  startDatabase(): Promise<void>;
  /** Peak resident set and processor time so far, summed over these processes, over all their lives. */
  usage(names: readonly string[]): Usage;
  peakRssMiB(names: readonly string[]): number;
  cpuSeconds(names: readonly string[]): number;
  /** Ends everything in the opposite order of starting, within ten seconds. */
  stop(): Promise<void>;
}

const STOP_PATIENCE_MS = 2_000;
const USED_PORTS = ['console', 'sign', 'stop', 'devices'] as const;

/**
 * Starts everything: lock, leftovers of a killed supervisor, database, migrations, demo set-up, processes, demo settling.
 * Refuses with a coded operational error; then nothing it started is left running.
 */
export async function startSystem(options: SystemOptions): Promise<RunningSystem> {
  const { config } = options;
  const { dataDir, keysDir } = config.platform;
  mkdirSync(dataDir, { recursive: true, mode: 0o711 });
  const runDir = path.join(dataDir, 'run');
  for (const dir of [runDir, keysDir]) mkdirSync(dir, { recursive: true, mode: 0o700 });
  const unlock = takeLock(path.join(dataDir, 'supervisor.lock'));
  const system = new System(options, runDir, unlock);
  let [isUp, isHalted] = [false, false];
  const halted = options.until?.then(async () => {
    if (isUp) return;
    isHalted = true;
    await system.stop();
    throw startStopped();
  });
  try {
    await Promise.race([system.start(), ...(halted === undefined ? [] : [halted])]);
    isUp = true;
    return system;
  } catch (cause) {
    await system.stop().catch(() => undefined);
    throw isHalted ? startStopped() : cause;
  }
}

function startStopped(): Error {
  return operationalError('START_STOPPED', 'Asked to stop while starting.');
}

class System implements RunningSystem {
  signIn: DemoSignIn | null = null;
  missing: readonly string[] = [];
  ownerDatabaseUrl = '';
  appDatabaseUrl = '';
  private readonly children = new Map<string, Child>();
  private readonly home: DatabaseHome | null;
  private readonly say: (line: string) => void;
  private readonly demo: boolean;
  private readonly cli: DemoCli;
  private starting: Promise<void> | undefined;
  private stopping: Promise<void> | undefined;

  constructor(private readonly options: SystemOptions, private readonly runDir: string, private readonly unlock: () => void) {
    const { platform } = options.config;
    this.say = options.say ?? (() => undefined);
    this.demo = options.demo ?? platform.demo;
    this.home = platform.database.url === null ? new DatabaseHome(path.join(platform.dataDir, 'postgres'), systemClock, this.say) : null;
    this.cli = new DemoCli(options.dist, { ...this.environment(), CLARION_DEMO_KEYS: options.config.demoKeysDir });
  }

  start(): Promise<void> {
    this.starting ??= this.bringUp();
    return this.starting;
  }

  private async bringUp(): Promise<void> {
    const { cli } = this;
    await this.endLeftovers();
    await this.requirePorts();
    this.goOn();
    // Keys and database do not wait for each other: both take their time on a first start.
    const [database, signIn] = await Promise.all([this.openDatabase(), this.demo && cli.exists ? cli.init(this.options.small ?? false) : null]);
    [this.ownerDatabaseUrl, this.appDatabaseUrl, this.signIn] = [database.ownerUrl, database.appUrl, signIn];
    this.goOn();
    const specs = this.specs();
    const built = specs.map((spec) => this.childOf(spec));
    const simulators = built.filter(({ spec }) => spec.name === 'simulator');
    this.missing = (await Promise.all(built.filter((child) => !simulators.includes(child)).map(startOrMiss))).filter((name) => name !== null);
    this.goOn();
    // Six hundred terminals would only compete with the server for its start.
    this.missing = [...this.missing, ...(await Promise.all(simulators.map(startOrMiss))).filter((name) => name !== null)];
    if (this.demo && cli.exists && ['platform', 'gateway', 'simulator'].every((name) => this.children.get(name)?.isReady === true)) {
      this.goOn();
      await cli.settle();
    }
  }

  pids(): Readonly<Record<string, number>> {
    const running = [...this.children].flatMap(([name, { pid }]) => (pid === undefined ? [] : [[name, pid] as const]));
    return Object.fromEntries(this.home?.pid === undefined ? running : [['database', this.home.pid] as const, ...running]);
  }

  kill(name: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    return this.child(name).kill(signal);
  }

  untilReady(name: string): Promise<void> {
    return this.child(name).untilReady();
  }

  async restart(name: string): Promise<void> {
    await this.child(name).stop(STOP_PATIENCE_MS);
    await this.child(name).start();
  }

  hold(name: string): Promise<void> {
    return this.child(name).stop(0);
  }

  raise(name: string): Promise<void> {
    return this.child(name).start();
  }

  async stopDatabase(): Promise<void> {
    await this.embedded().stop();
  }

  async startDatabase(): Promise<void> {
    await this.embedded().start();
  }

  usage(names: readonly string[]): Usage {
    const all = names.map((name) => {
      this.child(name).sample();
      return this.child(name).usage.total();
    });
    return { peakRssMiB: sum(all.map(({ peakRssMiB }) => peakRssMiB)), cpuSeconds: sum(all.map(({ cpuSeconds }) => cpuSeconds)) };
  }

  peakRssMiB(names: readonly string[]): number {
    return this.usage(names).peakRssMiB;
  }

  cpuSeconds(names: readonly string[]): number {
    return this.usage(names).cpuSeconds;
  }

  stop(): Promise<void> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  /** Refuses (START_STOPPED) to begin anything more once somebody asked to stop. */
  private goOn(): void {
    if (this.stopping !== undefined) throw startStopped();
  }

  private async end(): Promise<void> {
    this.cli.end();
    for (const child of [...this.children.values()].reverse()) {
      await child.stop(STOP_PATIENCE_MS);
      child.dispose();
    }
    // A start that is under way notices at its next step; only then is it known whether a database runs.
    await this.starting?.catch(() => undefined);
    try {
      await this.home?.stop();
    } finally {
      this.unlock();
    }
  }

  /** Everything a server process may know. The demo people's keys and the database owner's password are not among it. */
  private environment(): Readonly<Record<string, string>> {
    const { config } = this.options;
    const { platform } = config;
    return {
      ...config.childEnvironment,
      NODE_ENV: 'production',
      CLARION_DATA: platform.dataDir,
      CLARION_KEYS: platform.keysDir,
      CLARION_PORT_OFFSET: String(config.portOffset),
      CLARION_BIND: platform.bind,
      CLARION_SIGN_ORIGIN: platform.signOrigins.join(' '),
      ...(this.demo ? { CLARION_DEMO: '1' } : {}),
    };
  }

  private specs(): readonly ChildSpec[] {
    if (this.options.specs !== undefined) return this.options.specs;
    const names = this.options.children ?? CHILD_NAMES.filter((name) => (this.demo || name !== 'simulator') && (this.options.lan === true || name !== 'lan'));
    const settings = { dist: this.options.dist, environment: this.environment(), databaseUrl: this.appDatabaseUrl, small: this.options.small ?? false, lan: this.options.lan ?? false };
    return names.map((name) => childSpec(name, settings));
  }

  private childOf(spec: ChildSpec): Child {
    const { dataDir } = this.options.config.platform;
    const child = new Child(spec, { runDir: this.runDir, logDir: path.join(dataDir, 'logs'), clock: systemClock, say: this.say });
    this.children.set(spec.name, child);
    return child;
  }

  private async endLeftovers(): Promise<void> {
    const names = [...CHILD_NAMES, ...(this.options.specs ?? []).map(({ name }) => name)];
    const ended = await Promise.all(
      [...new Set(names)].map(async (name) => {
        const child = this.childOf({ name, script: '', args: [], environment: {} });
        const was = await child.endLeftover();
        child.dispose();
        return was ? name : null;
      }),
    );
    this.children.clear();
    const found = ended.filter((name) => name !== null);
    if (found.length > 0) this.say(`ended what an earlier start left running: ${found.join(', ')}`);
  }

  private async requirePorts(): Promise<void> {
    if (this.options.specs !== undefined) return;
    const ports = USED_PORTS.map((name) => this.options.config.platform.ports[name]);
    const free = await Promise.all(ports.map((port) => portIsFree(port)));
    const taken = ports.filter((_, at) => free[at] !== true);
    if (taken.length > 0) {
      throw operationalError('PORT_TAKEN', `Another program uses port ${taken.join(', ')}. End it, or set CLARION_PORT_OFFSET to move all our ports.`);
    }
  }

  private async openDatabase(): Promise<{ readonly ownerUrl: string; readonly appUrl: string }> {
    if (this.home !== null) return this.home.open();
    const { url, ownerUrl } = databaseOf(this.options.config.platform);
    await migrate(ownerUrl, migrations);
    return { ownerUrl, appUrl: url };
  }

  private child(name: string): Child {
    const child = this.children.get(name);
    if (child === undefined) throw new Error(`there is no process named ${name}`);
    return child;
  }

  private embedded(): DatabaseHome {
    if (this.home === null) throw new Error('the database is not ours to stop');
    return this.home;
  }
}

function databaseOf({ database: { url, ownerUrl } }: Config): { readonly url: string; readonly ownerUrl: string } {
  if (url === null) throw new Error('no database address');
  return { url, ownerUrl: ownerUrl ?? url };
}

/** Its name when it is not built. */
async function startOrMiss(child: Child): Promise<string | null> {
  try {
    await child.start();
    return null;
  } catch (cause) {
    if (errorCode(cause) === 'CHILD_MISSING') return child.spec.name;
    throw cause;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
