import { fork, spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** Of /proc, in USER_HZ: 100 a second on Linux. */
const MS_PER_TICK = 10;

/** Processor time of a process since it began, all its threads, ms (proc(5): utime and stime). */
export function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

export function rssMiBOf(pid: number): number {
  return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024);
}

const running = new Set<ChildProcess>();

/** Whatever ends the benchmark ends what it started. */
export function startedHere<Child extends ChildProcess>(child: Child): Child {
  if (running.size === 0 && process.listenerCount('SIGTERM') === 0) {
    process.once('exit', () => running.forEach((left) => left.kill('SIGKILL')));
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
  }
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGKILL');
  await gone;
}

/** A server in a process of its own that writes one line with `"ready":true` to stdout. */
export async function startServer(script: string, environment: Readonly<Record<string, string>>, switches: readonly string[] = []): Promise<ChildProcess> {
  const child = startedHere(spawn(process.execPath, [...switches, script], { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'inherit'] }));
  const lines = createInterface(child.stdout);
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      if (line.includes('"ready":true')) resolve();
    });
    child.once('exit', (code) => reject(new Error(`${path.basename(script)} ended with ${String(code)} before it was ready`)));
  });
  return child;
}

/** A process of ours that is asked things, one after the other. */
export class Helper {
  private constructor(private readonly child: ChildProcess) {}

  static start(script: string, setting: unknown): Helper {
    return new Helper(startedHere(fork(path.join(__dirname, script), [JSON.stringify(setting)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  ask<Answer>(question: string, what: unknown = null): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const onExit = () => reject(new Error(`a process of the benchmark ended while it was asked to ${question}`));
      this.child.once('exit', onExit);
      this.child.once('message', (message: { readonly answer?: Answer; readonly fault?: string }) => {
        this.child.off('exit', onExit);
        if (message.fault !== undefined) reject(new Error(message.fault));
        else resolve(message.answer as Answer);
      });
      this.child.send({ question, what });
    });
  }

  stop(): Promise<void> {
    return ended(this.child);
  }
}

/** The other side: answers what the benchmark asks; gone with it. */
export function answerQuestions(answers: Readonly<Record<string, (what: never) => unknown>>): void {
  process.on('disconnect', () => process.exit(0));
  process.on('message', ({ question, what }: { readonly question: string; readonly what: never }) => {
    void Promise.resolve().then(() => {
      const answer = answers[question];
      if (answer === undefined) throw new Error(`nobody answers ${question}`);
      return answer(what);
    }).then((answer) => process.send?.({ answer: answer ?? null }), (cause: unknown) => process.send?.({ fault: String(cause) }));
  });
}

export function settingOf<Setting>(): Setting {
  return JSON.parse(process.argv[2] ?? 'null') as Setting;
}
