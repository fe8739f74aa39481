import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Client } from 'pg';
import type { Log } from '../log';
import { DATABASE, LOG } from '../tokens';
import type { Database } from './database';
import type { Tx } from './tx';

type Listener = (payload: string) => void;

const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 5_000;

/** Wakes whoever listens when this transaction commits. Only a hint: what matters stands in a table. */
export async function notify(tx: Tx, channel: string, payload = ''): Promise<void> {
  await tx.query('SELECT pg_notify($1, $2)', [channel, payload]);
}

/**
 * LISTEN on one connection of its own, kept up while the process runs. Hints sent while it was down are lost, so
 * every listener is called with an empty payload after each (re)connection and must look at its table then.
 */
@Injectable()
export class Notifications implements BeforeApplicationShutdown {
  private readonly listeners = new Map<string, Set<Listener>>();
  private client: Client | undefined;
  private closed = false;
  private opening = false;
  private retryMs = FIRST_RETRY_MS;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** Calls `listener` for every notification on the channel; returns the way to stop. */
  on(channel: string, listener: Listener): () => void {
    if (!/^[a-z_]{1,60}$/.test(channel)) throw new RangeError('a channel is named with a-z and _');
    const known = this.listeners.get(channel);
    if (known === undefined) {
      this.listeners.set(channel, new Set([listener]));
      if (this.client === undefined) void this.open();
      else void this.client.query(`LISTEN ${channel}`).then(() => listener(''), () => undefined);
    } else known.add(listener);
    return () => {
      this.listeners.get(channel)?.delete(listener);
    };
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.client?.end().catch(() => undefined);
  }

  private async open(): Promise<void> {
    if (this.closed || this.opening || this.client !== undefined) return;
    this.opening = true;
    const client = new Client({ connectionString: this.database.url, connectionTimeoutMillis: 5_000, application_name: 'clarion-listen', keepAlive: true });
    client.on('error', () => undefined);
    client.on('end', () => this.lost(client));
    client.on('notification', ({ channel, payload }) => this.call(channel, payload ?? ''));
    try {
      await client.connect();
      for (const channel of this.listeners.keys()) await client.query(`LISTEN ${channel}`);
      this.opening = false;
      this.client = client;
      this.retryMs = FIRST_RETRY_MS;
      for (const channel of this.listeners.keys()) this.call(channel, '');
    } catch (cause) {
      this.opening = false;
      this.log.warn('notifications.unreachable', {}, cause);
      await client.end().catch(() => undefined);
      this.later();
    }
  }

  private lost(client: Client): void {
    if (this.client !== client) return;
    this.client = undefined;
    this.later();
  }

  private later(): void {
    if (this.closed) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.open(), this.retryMs);
    this.timer.unref();
    this.retryMs = Math.min(this.retryMs * 2, LAST_RETRY_MS);
  }

  private call(channel: string, payload: string): void {
    for (const listener of this.listeners.get(channel) ?? []) listener(payload);
  }
}
