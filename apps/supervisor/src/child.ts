import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { operationalError } from '../../platform/src/kernel/errors';
import type { Clock } from '../../platform/src/kernel/clock';
import { LogFile, lineSplitter } from './log-file';
import { readPidFile, writePidFile } from './pid-file';
import { stillRuns } from './process-identity';
import { UsageRecord } from './usage';

/** How to start one process of the system. */
export interface ChildSpec {
  readonly name: string;
  /** Compiled script, absolute. */
  readonly script: string;
  readonly args: readonly string[];
  /** Node's own switches, before the script. */
  readonly nodeArgs?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export interface ChildPlace {
  readonly runDir: string;
  readonly logDir: string;
  readonly clock: Clock;
  readonly say: (line: string) => void;
}

const READY_MS = 60_000;
const STEADY_MS = 30_000;
const FIRST_BACKOFF_MS = 250;
const LAST_BACKOFF_MS = 10_000;
const SAMPLE_MS = 500;
/** So many ends in a row without ever being ready are no accident. */
const DEATHS = 5;

/**
 * One supervised process. It is ready when it writes a line of JSON with `"ready": true` on stdout; the other lines go
 * to `logs/<name>.log`. When it ends by itself it is started again, slower each time. It runs in a process group of its
 * own, so that Ctrl-C reaches only the supervisor, which ends the children in order.
 */
export class Child {
  readonly usage = new UsageRecord();
  private readonly log: LogFile;
  private readonly pidFile: string;
  private current: ChildProcess | undefined;
  private wanted = false;
  private ready = false;
  private backoffMs = FIRST_BACKOFF_MS;
  private restart: NodeJS.Timeout | undefined;
  private startedAt = 0;
  private deaths = 0;
  private readonly sampling: NodeJS.Timeout;

  constructor(readonly spec: ChildSpec, private readonly place: ChildPlace) {
    this.log = new LogFile(path.join(place.logDir, `${spec.name}.log`));
    this.pidFile = path.join(place.runDir, `${spec.name}.pid`);
    this.sampling = setInterval(() => this.sample(), SAMPLE_MS);
    this.sampling.unref();
  }

  get pid(): number | undefined {
    return this.current?.pid;
  }

  get isReady(): boolean {
    return this.ready;
  }

  /** Takes a last look at what the process used. */
  sample(): void {
    if (this.pid !== undefined) this.usage.sample(this.pid);
  }

  /** Ends the child that a killed supervisor left behind, if it is that very process. */
  async endLeftover(): Promise<boolean> {
    const left = readPidFile(this.pidFile);
    rmSync(this.pidFile, { force: true });
    if (left === null) return false;
    signal(left.pid, 'SIGTERM');
    for (let waited = 0; stillRuns(left) && waited < 3_000; waited += 50) await pause(50);
    if (stillRuns(left)) signal(left.pid, 'SIGKILL');
    while (stillRuns(left)) await pause(20);
    return true;
  }

  /** Starts it and waits until it is ready. Refuses with CHILD_MISSING or CHILD_NOT_READY and its last lines. */
  async start(): Promise<void> {
    if (!existsSync(this.spec.script)) throw operationalError('CHILD_MISSING', `${this.spec.name} is not built (${this.spec.script}).`);
    this.wanted = true;
    this.deaths = 0;
    if (this.current === undefined) this.launch();
    await this.untilReady();
  }

  /** Waits until it is ready, through restarts if need be. */
  async untilReady(withinMs = READY_MS): Promise<void> {
    const until = this.place.clock.monotonicMs() + withinMs;
    while (!this.ready) {
      if (!this.wanted) throw operationalError('CHILD_NOT_READY', `${this.spec.name} was stopped before it was ready.`);
      const given = this.deaths >= DEATHS ? `ended ${this.deaths} times before it was ready` : this.place.clock.monotonicMs() > until ? `is not ready after ${withinMs / 1000} s` : null;
      if (given !== null) throw operationalError('CHILD_NOT_READY', `${this.spec.name} ${given}. Its last words:\n${this.lastWords()}`);
      await pause(20);
    }
  }

  /** Sends a signal to the running process and waits until it is gone; it is started again unless it was stopped. */
  async kill(name: NodeJS.Signals): Promise<void> {
    const process = this.current;
    if (process?.pid === undefined) return;
    this.sample();
    const gone = new Promise<void>((resolve) => process.once('exit', () => resolve()));
    process.kill(name);
    if (process.exitCode === null && process.signalCode === null) await gone;
  }

  /** Ends it for good: SIGTERM, and SIGKILL after `patienceMs`. */
  async stop(patienceMs: number): Promise<void> {
    this.wanted = false;
    clearTimeout(this.restart);
    const process = this.current;
    if (process === undefined) return;
    const patience = setTimeout(() => {
      this.log.write(`{"supervisor":"${this.spec.name} did not end in ${patienceMs} ms and was killed"}`);
      process.kill('SIGKILL');
    }, patienceMs);
    await this.kill('SIGTERM');
    clearTimeout(patience);
  }

  /** Lets go of timers. */
  dispose(): void {
    clearInterval(this.sampling);
  }

  /** What it said itself at the end, each line once. */
  private lastWords(): string {
    const own = this.log.tail(20).filter((line) => !line.startsWith('{"supervisor"'));
    return [...new Set(own)].slice(-6).join('\n') || '(it said nothing)';
  }

  private launch(): void {
    const { script, args, nodeArgs = [], environment } = this.spec;
    this.startedAt = this.place.clock.monotonicMs();
    const child = spawn(process.execPath, [...nodeArgs, script, ...args], { cwd: '/', env: { ...environment }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    this.current = child;
    child.stdout.on('data', lineSplitter((line) => this.take(line)));
    child.stderr.on('data', lineSplitter((line) => this.log.write(line)));
    child.once('error', (cause) => this.log.write(`{"supervisor":"cannot be started: ${cause.message}"}`));
    child.once('exit', (code, name) => this.ended(child, name ?? `code ${code}`));
    if (child.pid !== undefined) writePidFile(this.pidFile, child.pid);
  }

  private take(line: string): void {
    if (isReadyLine(line)) {
      this.ready = true;
      this.deaths = 0;
      this.sample();
    } else this.log.write(line);
  }

  private ended(child: ChildProcess, how: string): void {
    if (this.current !== child) return;
    this.current = undefined;
    const wasReady = this.ready;
    this.ready = false;
    this.usage.close();
    rmSync(this.pidFile, { force: true });
    if (!this.wanted) return;
    this.deaths += 1;
    if (this.place.clock.monotonicMs() - this.startedAt > STEADY_MS) this.backoffMs = FIRST_BACKOFF_MS;
    this.log.write(`{"supervisor":"${this.spec.name} ended with ${how}; starts again in ${this.backoffMs} ms"}`);
    if (wasReady || this.backoffMs === FIRST_BACKOFF_MS) this.place.say(`${this.spec.name} ended (${how}); starting it again`);
    this.restart = setTimeout(() => this.launch(), this.backoffMs);
    this.backoffMs = Math.min(this.backoffMs * 2, LAST_BACKOFF_MS);
  }
}

/** `{"ready":true}`, with whatever else it says. */
function isReadyLine(line: string): boolean {
  if (!line.startsWith('{') || !line.includes('"ready"')) return false;
  try {
    const said: unknown = JSON.parse(line);
    return typeof said === 'object' && said !== null && Reflect.get(said, 'ready') === true;
  } catch {
    return false;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended meanwhile.
  }
}
