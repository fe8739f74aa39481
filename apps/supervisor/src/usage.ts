import { readFileSync } from 'node:fs';

/** Processor time ticks a second, the same on every Linux that Node supports. */
const TICKS = 100;

/** What a process has used so far; zeros where the system does not tell (not Linux). */
export interface Usage {
  /** Highest resident set, in MiB (VmHWM). */
  readonly peakRssMiB: number;
  readonly cpuSeconds: number;
}

export function usageOf(pid: number): Usage | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const peakKiB = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { peakRssMiB: peakKiB / 1024, cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS };
  } catch {
    return null;
  }
}

/** Sums over the lives of one child: processor time adds up, the peak is the highest of them. */
export class UsageRecord {
  private past: Usage = { peakRssMiB: 0, cpuSeconds: 0 };
  private current: Usage = { peakRssMiB: 0, cpuSeconds: 0 };

  sample(pid: number): void {
    const seen = usageOf(pid);
    if (seen === null) return;
    // A process on its way out has lost its memory already.
    this.current = { peakRssMiB: Math.max(seen.peakRssMiB, this.current.peakRssMiB), cpuSeconds: Math.max(seen.cpuSeconds, this.current.cpuSeconds) };
  }

  /** The process ended; another life may follow. */
  close(): void {
    this.past = this.total();
    this.current = { peakRssMiB: 0, cpuSeconds: 0 };
  }

  total(): Usage {
    return {
      peakRssMiB: Math.max(this.past.peakRssMiB, this.current.peakRssMiB),
      cpuSeconds: this.past.cpuSeconds + this.current.cpuSeconds,
    };
  }
}
