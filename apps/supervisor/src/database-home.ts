import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import type { Clock } from '../../platform/src/kernel/clock';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../platform/src/kernel/database/embedded-postgres';
import { migrate } from '../../platform/src/kernel/database/migrate';
import { allowAppLogin, appUrl } from '../../platform/src/kernel/database/roles';
import { migrations } from '../../platform/src/migrations';
import { identify } from './process-identity';

const DATABASE_NAME = 'clarion';
const WATCH_MS = 500;

/** Addresses of a migrated database. */
export interface OpenDatabase {
  readonly ownerUrl: string;
  readonly appUrl: string;
}

/** The embedded database of a data folder: started, migrated, watched, started again when it was killed. */
export class DatabaseHome {
  private server: EmbeddedPostgres | undefined;
  private watch: NodeJS.Timeout | undefined;
  private healing = false;

  constructor(
    private readonly dir: string,
    private readonly clock: Clock,
    private readonly say: (line: string) => void,
  ) {}

  get pid(): number | undefined {
    return this.server?.pid;
  }

  async open(): Promise<OpenDatabase> {
    await this.start();
    const { server } = this;
    if (server === undefined) throw new Error('the database is stopped');
    await makeDatabase(server);
    const ownerUrl = server.ownerUrl(DATABASE_NAME);
    await migrate(ownerUrl, migrations);
    const password = this.appPassword();
    await allowAppLogin(ownerUrl, password);
    return { ownerUrl, appUrl: appUrl(ownerUrl, password) };
  }

  /** Starts the server, or takes over the one that runs; on the port it had. */
  async start(): Promise<void> {
    this.server = await startEmbeddedPostgres({ dir: this.dir, clock: this.clock });
    clearInterval(this.watch);
    this.watch = setInterval(() => void this.heal(), WATCH_MS);
    this.watch.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.watch);
    while (this.healing) await new Promise((resolve) => setTimeout(resolve, 20));
    await this.server?.stop();
    this.server = undefined;
  }

  private async heal(): Promise<void> {
    if (this.healing || this.server === undefined || identify(this.server.pid) !== null) return;
    this.healing = true;
    try {
      this.say('the database ended; starting it again');
      this.server = await startEmbeddedPostgres({ dir: this.dir, clock: this.clock });
    } catch (cause) {
      this.say(`the database does not start: ${cause instanceof Error ? cause.message : String(cause)}`);
    } finally {
      this.healing = false;
    }
  }

  /** The run-time role's password, kept beside the owner's. */
  private appPassword(): string {
    const file = path.join(this.dir, 'app-password');
    if (existsSync(file)) return readFileSync(file, 'utf8').trim();
    const password = Buffer.from(this.clock.random(24)).toString('hex');
    writeFileSync(`${file}.new`, `${password}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
    return password;
  }
}

async function makeDatabase(server: EmbeddedPostgres): Promise<void> {
  const client = new Client({ connectionString: server.ownerUrl('postgres') });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE_NAME]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE_NAME}`);
  } finally {
    await client.end();
  }
}
