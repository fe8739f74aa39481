import type { RefusedCommand } from '../admit/refusals';

/** One line of `/refusals`; `at` in true Unix ms. */
export interface RefusalLine {
  readonly terminal: string;
  readonly at: number;
  readonly code: string;
  readonly payloadType: string | null;
  readonly subject: string | null;
}

const MAX_LINES = 100_000;

/** Everything that any unit turned away, also what it did not report because it had just reported the same. */
export class RefusalLog {
  private lines: RefusalLine[] = [];

  write(terminal: string, at: number, { code, payloadType, subject }: RefusedCommand): void {
    this.lines.push({ terminal, at, code, payloadType, subject });
    if (this.lines.length > MAX_LINES) this.lines = this.lines.slice(MAX_LINES >> 1);
  }

  since(at: number): readonly RefusalLine[] {
    return this.lines.filter((line) => line.at >= at);
  }
}
