import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import type { Clock } from '../clock';
import { operationalError } from '../errors';
import { requireReachable, serverAccount, type ServerAccount } from './embedded/account';
import { findBinaries, type Binaries } from './embedded/binaries';
import { chooseFreePort, portIsFree } from './embedded/port';
import { isServerOf, orphansOf, readPostmasterFile } from './embedded/postmaster';
import { runProgram } from './embedded/run-program';

/** The database role that owns everything; it exists in the embedded server only. */
export const OWNER_ROLE = 'clarion_owner';
const START_MS = 60_000;
const LOG_LIMIT_BYTES = 8 * 1024 * 1024;

export interface EmbeddedPostgresOptions {
  /** Folder of ours: holds `cluster/`, `password` and `port`. Made when missing. */
  readonly dir: string;
  readonly clock: Clock;
  /** False for tests: faster, and a power cut may lose data. A killed process never does. */
  readonly durable?: boolean;
  readonly maxConnections?: number;
}

export interface EmbeddedPostgres {
  readonly port: number;
  readonly pid: number;
  /** True when a server left by an earlier process was found alive and taken over. */
  readonly adopted: boolean;
  /** Address with the owner's password, for a database of this name. */
  ownerUrl(database: string): string;
  /** Ends the server and waits until it is gone. */
  stop(): Promise<void>;
}

interface Place {
  readonly dir: string;
  readonly cluster: string;
  readonly account: ServerAccount | null;
  readonly binaries: Binaries;
  readonly clock: Clock;
}

/**
 * Starts the bundled PostgreSQL on 127.0.0.1, or takes over one that still runs. Makes the cluster on first use;
 * heals what kill -9 leaves behind (pid file, half-made cluster, servers without a postmaster).
 * Refuses with a coded operational error (PG_*) that says what to do.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const account = serverAccount();
  mkdirSync(options.dir, { recursive: true, mode: 0o755 });
  const dir = path.resolve(options.dir);
  const cluster = path.join(dir, 'cluster');
  requireReachable(cluster, account);
  const place: Place = { dir, cluster, account, binaries: await findBinaries(account), clock: options.clock };
  const password = keptPassword(place);
  await makeCluster(place, password, options.durable ?? true);

  const survivor = await adopt(place, password);
  const port = survivor?.port ?? (await startServer(place, password, options));
  const pid = readPostmasterFile(cluster)?.pid;
  if (pid === undefined) throw operationalError('PG_START_FAILED', `PostgreSQL ended right after its start: ${logTail(place)}`);
  return {
    port,
    pid,
    adopted: survivor !== null,
    ownerUrl: (database) => `postgres://${OWNER_ROLE}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`,
    stop: () => stopServer(place),
  };
}

/** Written to a new name first, so that a crash never leaves half of it. */
function writeKept(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function keptPassword({ dir, cluster, clock }: Place): string {
  const file = path.join(dir, 'password');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  if (existsSync(cluster)) throw operationalError('PG_PASSWORD_MISSING', `${file} is missing, so the database beside it cannot be opened.`);
  const password = Buffer.from(clock.random(24)).toString('hex');
  writeKept(file, `${password}\n`);
  return password;
}

async function makeCluster({ dir, cluster, account, binaries }: Place, password: string, durable: boolean): Promise<void> {
  if (existsSync(path.join(cluster, 'PG_VERSION'))) return;
  const fresh = `${cluster}.new`;
  const passwordFile = path.join(dir, 'initial-password');
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { mode: 0o700 });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  chmodSync(dir, 0o755);
  if (account !== null) for (const at of [fresh, passwordFile]) chownSync(at, account.uid, account.gid);
  const args = ['-D', fresh, '-U', OWNER_ROLE, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
  const { code, output } = await runProgram(binaries.initdb, durable ? args : [...args, '--no-sync'], account);
  rmSync(passwordFile, { force: true });
  if (code !== 0) throw operationalError('PG_INIT_FAILED', `The database could not be made: ${output.trim().slice(-400)}`);
  renameSync(fresh, cluster);
}

/** A server that is alive, of this cluster, and answers to our password; null when there is none. */
async function adopt(place: Place, password: string): Promise<{ readonly port: number } | null> {
  const file = readPostmasterFile(place.cluster);
  if (file === null || !isServerOf(place.cluster, file.pid)) return null;
  const until = place.clock.monotonicMs() + START_MS;
  while (isServerOf(place.cluster, file.pid)) {
    const port = readPostmasterFile(place.cluster)?.port ?? 0;
    if (port > 0 && (await answers(port, password))) return { port };
    if (place.clock.monotonicMs() > until) {
      throw operationalError('PG_UNRESPONSIVE', `The database server (process ${file.pid}) runs but does not answer. End it and start again.`);
    }
    await pause(100);
  }
  return null;
}

async function answers(port: number, password: string): Promise<boolean> {
  const client = new Client({ host: '127.0.0.1', port, user: OWNER_ROLE, password, database: 'postgres', connectionTimeoutMillis: 3000 });
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function keptPort({ dir, clock }: Place): Promise<number> {
  const file = path.join(dir, 'port');
  const kept = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  if (Number.isInteger(kept) && kept > 0 && (await portIsFree(kept))) return kept;
  const port = await chooseFreePort((count) => clock.random(count));
  writeKept(file, `${port}\n`);
  return port;
}

async function startServer(place: Place, password: string, options: EmbeddedPostgresOptions): Promise<number> {
  const { cluster, account, binaries, clock } = place;
  const log = path.join(cluster, 'server.log');
  const until = clock.monotonicMs() + START_MS;
  for (let attempt = 1; ; attempt += 1) {
    // The pid in the file is not our server (adopt looked): leaving it could make PostgreSQL refuse to start.
    rmSync(path.join(cluster, 'postmaster.pid'), { force: true });
    await endOrphans(place);
    if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) > LOG_LIMIT_BYTES) truncateSync(log);
    const port = await keptPort(place);
    const settings = serverSettings(port, options).map((setting) => `-c ${setting}`).join(' ');
    const { code } = await runProgram(binaries.pgCtl, ['start', '-w', '-t', '60', '-D', cluster, '-l', log, '-o', settings], account, { detached: true });
    if (code === 0 && (await answers(port, password))) return port;
    if (attempt >= 5 || clock.monotonicMs() > until) throw operationalError('PG_START_FAILED', `PostgreSQL does not start: ${logTail(place)}`);
    await pause(200 * attempt);
  }
}

function serverSettings(port: number, { durable = true, maxConnections = 100 }: EmbeddedPostgresOptions): readonly string[] {
  return [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    `max_connections=${maxConnections}`,
    'timezone=UTC',
    'log_timezone=UTC',
    'idle_in_transaction_session_timeout=60s',
    ...(durable ? [] : ['fsync=off', 'full_page_writes=off', 'max_wal_size=256MB']),
  ];
}

/** Servers whose postmaster was killed end by themselves unless busy; the busy ones hold the memory and are ended. */
async function endOrphans({ cluster, clock }: Place): Promise<void> {
  const until = clock.monotonicMs() + 2_000;
  while (orphansOf(cluster).length > 0 && clock.monotonicMs() < until) await pause(50);
  for (const pid of orphansOf(cluster)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself meanwhile.
    }
  }
}

function logTail({ cluster }: Pick<Place, 'cluster'>): string {
  const log = path.join(cluster, 'server.log');
  return existsSync(log) ? readFileSync(log, 'utf8').trim().slice(-600) : 'it wrote no log';
}

async function stopServer({ cluster, account, binaries }: Place): Promise<void> {
  for (const mode of ['fast', 'immediate']) {
    const file = readPostmasterFile(cluster);
    if (file === null || !isServerOf(cluster, file.pid)) return;
    const { code } = await runProgram(binaries.pgCtl, ['stop', '-m', mode, '-w', '-t', '20', '-D', cluster], account);
    if (code === 0) return;
  }
  throw operationalError('PG_STOP_FAILED', `PostgreSQL does not stop: ${logTail({ cluster })}`);
}
