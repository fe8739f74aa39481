import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * A process as more than a number: a pid may be given to another program after a crash. `startedAt` is the system's
 * own mark of when it began (clock ticks since boot on Linux, a date elsewhere).
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

/** The process with this pid now; null when there is none, or only one that ended and was not collected yet. */
export function identify(pid: number): ProcessIdentity | null {
  const startedAt = process.platform === 'linux' ? linuxStart(pid) : otherStart(pid);
  return startedAt === null ? null : { pid, startedAt };
}

/** Whether that very process still runs. */
export function stillRuns({ pid, startedAt }: ProcessIdentity): boolean {
  return identify(pid)?.startedAt === startedAt;
}

/** /proc/PID/stat: "pid (name) state ..."; the name may hold anything, so fields are counted after the last ")". */
function linuxStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

function otherStart(pid: number): string | null {
  const { status, stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  return status === 0 && stdout.trim() !== '' ? stdout.trim() : null;
}
