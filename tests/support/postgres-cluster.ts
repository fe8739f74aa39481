import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { systemClock } from '../../apps/platform/src/kernel/clock';
import { errorCode } from '../../apps/platform/src/kernel/errors';
import { startEmbeddedPostgres } from '../../apps/platform/src/kernel/database/embedded-postgres';

/** The repository's one test server. */
export interface Cluster {
  url(database: string): string;
  readonly appPassword: string;
}

/** The repository's root, whether this runs from its source or from dist. */
const root = (() => {
  for (let at = __dirname; ; at = path.dirname(at)) if (existsSync(path.join(at, 'package-lock.json'))) return at;
})();
const isRoot = process.getuid?.() === 0;
// PostgreSQL's own account must be able to enter: a temporary folder below a private home would keep it out.
const base = path.join(
  isRoot ? '/var/tmp' : os.tmpdir(),
  `clarion-test-${process.getuid?.() ?? 0}-${createHash('sha256').update(root).digest('hex').slice(0, 8)}`,
);
const lockFile = `${base}.lock`;
const leases = path.join(base, 'leases');
const keeper = path.join(root, 'tests/support/postgres-keeper.mjs');

let cluster: Promise<Cluster> | undefined;

/** Starts or finds the server and leases it for the life of this process. */
export function leasedCluster(): Promise<Cluster> {
  cluster ??= withClusterLock(async () => {
    mkdirSync(leases, { recursive: true, mode: 0o755 });
    writeFileSync(path.join(leases, String(process.pid)), '');
    const server = await startEmbeddedPostgres({ dir: path.join(base, 'postgres'), clock: systemClock, durable: false, maxConnections: 200 });
    spawn(process.execPath, [keeper, base, String(server.pid)], { detached: true, stdio: 'ignore', cwd: '/' }).unref();
    return { url: server.ownerUrl, appPassword: readFileSync(path.join(base, 'postgres', 'password'), 'utf8').trim() };
  });
  return cluster;
}

/** One at a time over all processes; the lock of a dead process counts for nothing. The keeper takes the same lock. */
export async function withClusterLock<T>(work: () => Promise<T>): Promise<T> {
  while (!takeLock()) await new Promise((resolve) => setTimeout(resolve, 30));
  try {
    return await work();
  } finally {
    rmSync(lockFile, { force: true });
  }
}

function takeLock(): boolean {
  try {
    writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    if (lockIsStale()) rmSync(lockFile, { force: true });
    return false;
  }
}

function lockIsStale(): boolean {
  try {
    const pid = Number(readFileSync(lockFile, 'utf8'));
    // Between making the file and writing the pid it is empty for a moment.
    if (pid === 0) return Date.now() - statSync(lockFile).mtimeMs > 2_000;
    process.kill(pid, 0);
    return false;
  } catch (cause) {
    return errorCode(cause) === 'ESRCH' || errorCode(cause) === 'ENOENT';
  }
}
