import type { SoftwareKeyRecord, TerminalId } from '#libs/contracts';
import type { Log } from '../../kernel/log';
import type { Scope } from '../../kernel/scope';
import type { Trust } from '../authority';
import { loadRegistry } from './load-registry';
import type { TerminalRegistry } from './registry';
import type { TerminalsStore } from './terminals.store';

const SOON_MS = 1_000;

/** Keeps the registry in step with the database, one reading at a time. */
export class RegistryReader {
  private reading: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  /** Claims committed while a reading was under way, which may not have seen them. */
  private readonly sinceReading = new Map<TerminalId, SoftwareKeyRecord>();

  constructor(
    private readonly registry: TerminalRegistry,
    private readonly store: TerminalsStore,
    private readonly trust: Trust,
    private readonly log: Log,
    private readonly scope: Scope,
  ) {}

  read(): Promise<void> {
    const next = this.reading.then(async () => {
      this.sinceReading.clear();
      const state = this.trust.isReady() ? this.trust.state() : undefined;
      this.registry.replace(await loadRegistry(this.store, this.scope, state, this.log));
      for (const [terminal, key] of this.sinceReading) this.put(terminal, key);
    });
    this.reading = next.catch(() => undefined);
    return next;
  }

  /** After a hint from another server; many hints make one reading. */
  soon(): void {
    if (this.timer !== undefined) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.read().catch((cause: unknown) => this.log.warn('terminals.registry-unread', {}, cause));
    }, SOON_MS);
    this.timer.unref();
  }

  /** A committed claim, so that the device may say hello on the same connection at once. */
  enrolled(terminal: TerminalId, key: SoftwareKeyRecord): void {
    this.sinceReading.set(terminal, key);
    this.put(terminal, key);
  }

  private put(terminal: TerminalId, key: SoftwareKeyRecord): void {
    const known = this.registry.get(terminal);
    if (known?.deviceKey === null) this.registry.put({ ...known, deviceKey: key, state: 'enrolled' });
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
