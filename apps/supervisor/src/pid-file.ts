import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { operationalError } from '../../platform/src/kernel/errors';
import { identify, stillRuns, type ProcessIdentity } from './process-identity';

const Identity = z.object({ pid: z.int().positive(), startedAt: z.string() });

/** The process a pid file names, if that very process still runs. Damaged files name nobody. */
export function readPidFile(file: string): ProcessIdentity | null {
  try {
    const named = Identity.parse(JSON.parse(readFileSync(file, 'utf8')));
    return stillRuns(named) ? named : null;
  } catch {
    return null;
  }
}

/** Notes a process that runs; does nothing when it has ended already. */
export function writePidFile(file: string, pid: number): void {
  const identity = identify(pid);
  if (identity === null) return;
  writeFileSync(`${file}.new`, JSON.stringify(identity), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/**
 * Makes this process the only supervisor of a data folder; the lock of a dead one is taken over.
 * Refuses with ALREADY_RUNNING. Returns the way to let go.
 */
export function takeLock(file: string): () => void {
  mkdirSync(path.dirname(file), { recursive: true });
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const own = JSON.stringify(identify(process.pid) ?? { pid: process.pid, startedAt: 'unknown' });
    try {
      writeFileSync(file, own, { flag: 'wx', mode: 0o600 });
      return () => rmSync(file, { force: true });
    } catch {
      const holder = readPidFile(file);
      if (holder !== null && holder.pid !== process.pid) {
        throw operationalError('ALREADY_RUNNING', `Clarion runs already in ${path.dirname(file)} (process ${holder.pid}).`);
      }
      rmSync(file, { force: true });
    }
  }
  throw operationalError('ALREADY_RUNNING', `The lock ${file} cannot be taken.`);
}
