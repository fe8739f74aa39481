import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { errorCode } from '../../errors';

/** What postmaster.pid says (lines: pid, data directory, start time, port ...). */
export interface PostmasterFile {
  readonly pid: number;
  readonly port: number;
}

/** Reads `cluster`/postmaster.pid; null when there is none or it is incomplete. */
export function readPostmasterFile(cluster: string): PostmasterFile | null {
  try {
    const lines = readFileSync(path.join(cluster, 'postmaster.pid'), 'utf8').split('\n');
    const pid = Number(lines[0]);
    const port = Number(lines[3]);
    return Number.isInteger(pid) && pid > 0 ? { pid, port: Number.isInteger(port) ? port : 0 } : null;
  } catch {
    return null;
  }
}

/**
 * Whether a live process is a PostgreSQL server of this cluster. A pid alone proves nothing: after a crash the
 * number may belong to another program. Where /proc is missing, a live pid counts.
 */
export function isServerOf(cluster: string, pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (cause) {
    if (errorCode(cause) !== 'EPERM') return false;
  }
  if (process.platform !== 'linux') return true;
  const words = commandLine(pid);
  return words !== null && path.basename(words[0] ?? '') === 'postgres' && words.includes(cluster);
}

function commandLine(pid: number): readonly string[] | null {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return null;
  }
}

/** Server processes of this cluster that outlived their postmaster (each works in the cluster's folder). Linux only. */
export function orphansOf(cluster: string): readonly number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === cluster && (commandLine(pid)?.[0] ?? '').startsWith('postgres:');
      } catch {
        return false;
      }
    });
}
