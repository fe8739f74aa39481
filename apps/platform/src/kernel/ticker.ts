import type { Log } from './log';

/**
 * Does something again and again: the next time `everyMs` after the last one ended, so that it never runs twice at
 * once. A failure is logged and the next time comes all the same.
 */
export class Ticker {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = true;

  constructor(
    private readonly code: string,
    private readonly everyMs: number,
    private readonly work: () => Promise<void>,
    private readonly log: Pick<Log, 'warn'>,
  ) {}

  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    this.schedule();
  }

  /** Ends when the work that runs now has ended. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private schedule(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.running = this.work()
        .catch((cause: unknown) => this.log.warn(`${this.code}.failed`, {}, cause))
        .finally(() => this.schedule());
    }, this.everyMs);
    this.timer.unref();
  }
}
