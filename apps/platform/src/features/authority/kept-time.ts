import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { errorCode } from '../../kernel/errors';
import type { Log } from '../../kernel/log';
import type { KeptTime } from './clock-watch';

const fileSchema = z.strictObject({ format: z.literal('clarion-time.v1'), at: z.int().min(0) });

/** `KeptTime` in a file of the data folder. A disk that gives or takes nothing is logged and stops nothing. */
export class TimeFile implements KeptTime {
  constructor(private readonly file: string, private readonly log: Pick<Log, 'warn'>) {}

  read(): number | undefined {
    try {
      return fileSchema.parse(JSON.parse(readFileSync(this.file, 'utf8'))).at;
    } catch (cause) {
      if (errorCode(cause) !== 'ENOENT') this.log.warn('clock.unreadable', {}, cause);
      return undefined;
    }
  }

  write(at: number): void {
    try {
      const fresh = `${this.file}.${process.pid}.new`;
      writeFileSync(fresh, JSON.stringify({ format: 'clarion-time.v1', at }), { mode: 0o600 });
      renameSync(fresh, this.file);
    } catch (cause) {
      this.log.warn('clock.unwritten', {}, cause);
    }
  }
}
