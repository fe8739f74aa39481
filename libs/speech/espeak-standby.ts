import type { ChildProcess } from 'node:child_process';
import { startEspeak } from './run-espeak';

/** Keeps one child process of the engine started ahead. It holds nobody up: a server that ends takes it along. */
export class EspeakStandby {
  private next: ChildProcess | undefined;

  constructor() {
    this.prepare();
  }

  /** The one that waits, or a new one when there is none or it has ended. */
  take(): ChildProcess {
    const child = this.waiting() ?? startEspeak();
    this.next = undefined;
    child.removeAllListeners('error');
    child.ref();
    child.channel?.ref();
    return child;
  }

  /** Starts the next one, unless one waits already. */
  prepare(): void {
    if (this.waiting() !== undefined) return;
    const child = startEspeak();
    // It cannot be started: whoever takes it is told.
    child.on('error', () => undefined);
    child.unref();
    child.channel?.unref();
    this.next = child;
  }

  waiting(): ChildProcess | undefined {
    return this.next?.connected === true && this.next.exitCode === null && this.next.signalCode === null ? this.next : undefined;
  }
}
