import { parseArgs } from 'node:util';
import type { z } from 'zod';
import type { ApiClient } from './api-client';
import type { Questions } from './ask';
import { CliError, EXIT } from './cli-error';
import type { Clock } from './clock';
import type { CliConfig } from './config';

/** What every command works with. `say` prints for people, `give` the one answer for `--json`. */
export interface Context {
  readonly config: CliConfig;
  readonly clock: Clock;
  readonly api: ApiClient;
  readonly json: boolean;
  /** Whom to ask; a program that acts for a person has nobody. */
  readonly questions?: Questions;
  /** Calls `act` at the first Ctrl-C, until what it returns is called; a second one ends the program. Absent: nobody presses it. */
  readonly onInterrupt?: (act: () => void) => () => void;
  /** A word besides the answer, for people, also where the answer is for programs. */
  warn?(line: string): void;
  say(line: string): void;
  give(value: unknown): void;
}

export interface Command {
  readonly usage: string;
  readonly does: string;
  /** The exit code. */
  run(args: readonly string[], context: Context): Promise<number>;
}

type Options = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>['options']>;

/** The words and options of a command; an unknown option is a usage error. */
export function readArgs<O extends Options>(args: readonly string[], options: O, words: { readonly min: number; readonly max: number; readonly usage: string }): { readonly values: ReturnType<typeof parseArgs<{ options: O }>>['values']; readonly words: readonly string[] } {
  try {
    const parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    if (parsed.positionals.length < words.min || parsed.positionals.length > words.max) throw new CliError('USAGE', `Usage: ./clarion ${words.usage}`, EXIT.usage);
    return { values: parsed.values, words: parsed.positionals };
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError('USAGE', `${error instanceof Error ? error.message : 'bad arguments'}\nUsage: ./clarion ${words.usage}`, EXIT.usage);
  }
}

/** A word of the command line in the shape that its contract names; what is written badly is the caller's fault (USAGE), not a server's. */
export function readWord<S extends z.ZodType>(schema: S, word: string, sentence: string, usage: string): z.output<S> {
  const parsed = schema.safeParse(word);
  if (parsed.success) return parsed.data;
  throw new CliError('USAGE', `"${word}" ${sentence}\nUsage: ./clarion ${usage}`, EXIT.usage);
}
