import { ZodError } from 'zod';
import { knownAnswerGate } from '#libs/suites';
import { ApiClient } from './api-client';
import { CliError, EXIT } from './cli-error';
import { systemClock } from './clock';
import type { Command, Context } from './command';
import { signIn } from './commands/account';
import { compose, submit } from './commands/compose';
import { demo } from './commands/demo';
import { areas, events, listen, onAir, sounds, terminals } from './commands/fleet';
import { approve, dispatch, giveBack, messages, receipts, steps, watch, withdraw } from './commands/message';
import { revoke } from './commands/revoke';
import { stop } from './commands/stop';
import { readConfig } from './config';

/** `./clarion`: the operator's and integrator's command line. Exit codes: 0 ok, 2 usage, 3 partial, 4 refused, 5 not reachable. */
const COMMANDS: Readonly<Record<string, Command>> = {
  'sign-in': signIn, compose, submit, messages, steps, approve, return: giveBack, withdraw, dispatch, watch, receipts, stop,
  'on-air': onAir, areas, terminals, sounds, events, revoke, listen, demo,
};

async function main(argv: readonly string[]): Promise<number> {
  const json = argv.includes('--json');
  const [name = 'help', ...args] = argv.filter((word) => word !== '--json');
  const command = COMMANDS[name];
  if (command === undefined) {
    print(`Clarion 号角 — ./clarion COMMAND [--json]\n${Object.values(COMMANDS).map((row) => `  ${row.usage}\n      ${row.does}`).join('\n')}\nExit codes: 0 ok, 2 usage, 3 partial, 4 refused, 5 not reachable`);
    return name === 'help' || name === '--help' ? EXIT.ok : EXIT.usage;
  }
  knownAnswerGate();
  const config = readConfig();
  const context: Context = {
    config, clock: systemClock, api: new ApiClient(config, systemClock), json,
    say: (line) => { if (!json) print(line); },
    give: (value) => { if (json) print(JSON.stringify(value)); },
  };
  try {
    return await command.run(args, context);
  } catch (error) {
    return tell(error, json);
  }
}

function tell(error: unknown, json: boolean): number {
  const known = error instanceof CliError ? error
    : error instanceof ZodError ? new CliError('UNEXPECTED_SHAPE', 'A value does not have the shape that its contract names', EXIT.refused, error.issues.map((issue) => ({ path: issue.path.join('.'), code: issue.code, message: issue.message })))
      : new CliError('UNEXPECTED', error instanceof Error ? error.message : String(error), EXIT.unexpected);
  if (json) print(JSON.stringify({ code: known.code, message: known.message, fields: known.fields }));
  else process.stderr.write(`${known.code}: ${known.message}\n${known.fields.map((field) => `  ${field.path}: ${field.message} (${field.code})\n`).join('')}`);
  return known.exit;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

// A reader such as `head` may leave before the end; that is no failure.
process.stdout.on('error', () => undefined);
void main(process.argv.slice(2)).then((code) => { process.exitCode = code; });
