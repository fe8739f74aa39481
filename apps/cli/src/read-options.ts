import type { z } from 'zod';
import { CliError, EXIT } from './cli-error';
import { timeWordSchema } from './read-time';

/** One word that cannot be meant: where it stands on the command line, and why. */
interface OptionFault { readonly path: string; readonly code: string; readonly message: string }

/** The words of one command line, read one after the other: every one that cannot be meant is told at once (USAGE). */
export class OptionReader {
  private readonly found: OptionFault[] = [];

  constructor(private readonly usage: string) {}

  /** Undefined, and a fault, where the word is missing (REQUIRED) or not in the shape that its contract names (WRONG_FORMAT). */
  read<S extends z.ZodType>(path: string, schema: S, word: string | undefined, sentence: string): z.output<S> | undefined {
    if (word === undefined) return this.fault(path, 'REQUIRED', 'is missing');
    const parsed = schema.safeParse(word);
    return parsed.success ? parsed.data : this.fault(path, 'WRONG_FORMAT', `"${word}" ${sentence}`);
  }

  /** Unix ms. */
  time(path: string, word: string | undefined): number | undefined {
    return this.read(path, timeWordSchema, word, 'is no time such as 2026-11-22T14:00+08:00');
  }

  /** A whole number, else OUT_OF_RANGE. */
  whole(path: string, word: string | undefined, min: number, max: number): number | undefined {
    if (word === undefined) return this.fault(path, 'REQUIRED', 'is missing');
    const number = /^\d{1,9}$/.test(word) ? Number(word) : NaN;
    return number >= min && number <= max ? number : this.fault(path, 'OUT_OF_RANGE', `takes ${min} to ${max}`);
  }

  /** What need not be one word; `sentence` where it is missing (REQUIRED). */
  given<T>(path: string, value: T | undefined, sentence: string): T | undefined {
    return value === undefined ? this.fault(path, 'REQUIRED', sentence) : value;
  }

  fault(path: string, code: string, message: string): undefined {
    this.found.push({ path, code, message });
    return undefined;
  }

  /** Every fault that was found, in one refusal. */
  refusal(): CliError {
    return new CliError('USAGE', `This cannot be meant: ${[...new Set(this.found.map(({ path }) => path))].join(', ')}\nUsage: ./clarion ${this.usage}`, EXIT.usage, this.found);
  }

  get hasFaults(): boolean {
    return this.found.length > 0;
  }
}
