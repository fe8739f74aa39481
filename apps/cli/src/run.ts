import { ZodError } from 'zod';
import { knownAnswerGate } from '#libs/suites';
import { ApiClient } from './api-client';
import { Questions, type AnswerInput } from './ask';
import { CliError, EXIT } from './cli-error';
import { systemClock, type Clock } from './clock';
import type { Command } from './command';
import { signIn, signOut } from './commands/account';
import { accounts } from './commands/accounts';
import { again } from './commands/again';
import { audit } from './commands/audit';
import { compose, submit } from './commands/compose';
import { correct } from './commands/correct';
import { demo } from './commands/demo';
import { district } from './commands/district';
import { areas, events, listen, onAir, sounds, terminals } from './commands/fleet';
import { account } from './commands/erase';
import { drill } from './commands/drill';
import { epoch } from './commands/epoch';
import { factor } from './commands/factor';
import { hours } from './commands/hours';
import { incident } from './commands/incident';
import { key } from './commands/key';
import { late } from './commands/late';
import { charter, roster } from './commands/paper';
import { permit } from './commands/permit';
import { qr } from './commands/qr';
import { root } from './commands/root';
import { approve, dispatch, giveBack, messages, receipts, steps, watch, withdraw } from './commands/message';
import { resume } from './commands/resume';
import { isolate, isolates } from './commands/isolate';
import { live } from './commands/live';
import { restriction } from './commands/restriction';
import { revoke } from './commands/revoke';
import { source } from './commands/source';
import { stop } from './commands/stop';
import { template } from './commands/template';
import { terminal } from './commands/terminal';
import { time } from './commands/time';
import { trust } from './commands/trust';
import { readConfig } from './config';

/** `./clarion`: the operator's and integrator's command line. Exit codes: 0 ok, 2 usage, 3 partial, 4 refused, 5 not reachable. */
const COMMANDS: Readonly<Record<string, Command>> = {
  'sign-in': signIn, 'sign-out': signOut, factor, accounts, template, drill, compose, submit, again, messages, steps, approve, return: giveBack, withdraw, dispatch, watch, receipts, stop, correct, resume, isolate, isolates, restriction, permit, late,
  'on-air': onAir, areas, terminals, sounds, events, incident, hours, revoke, time, epoch, audit, source, live, account, listen, terminal, district, key, demo,
  root, charter, roster, trust, qr,
};

/** What a run reads and writes besides the network and its files. */
export interface Streams {
  readonly keyboard: AnswerInput;
  readonly onInterrupt?: (act: () => void) => () => void;
  out(text: string): void;
  err(text: string): void;
}

/** One command line, from its words to its exit code. Never throws: whatever fails is told with a stable code. */
export async function run(argv: readonly string[], streams: Streams, environment?: NodeJS.ProcessEnv, clock: Clock = systemClock): Promise<number> {
  const json = argv.includes('--json');
  const [name = 'help', ...args] = argv.filter((word) => word !== '--json');
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    const asked = name === 'help' || name === '--help';
    if (!asked) tell(new CliError('USAGE', `There is no command "${name}" / 没有这个命令`, EXIT.usage), json, streams);
    if (!asked && json) return EXIT.usage;
    streams.out(`Clarion 号角 — ./clarion COMMAND [--json]\n${Object.values(COMMANDS).map((row) => `  ${row.usage}\n      ${row.does}`).join('\n')}\nExit codes: 0 ok, 2 usage, 3 partial, 4 refused, 5 not reachable\n`);
    return asked ? EXIT.ok : EXIT.usage;
  }
  if (args.includes('--help')) {
    streams.out(`Usage: ./clarion ${command.usage}\n  ${command.does}\n`);
    return EXIT.ok;
  }
  try {
    knownAnswerGate();
    const config = readConfig(environment);
    return await command.run(args, {
      config, clock, api: new ApiClient(config, clock), json, questions: new Questions(streams.keyboard, { write: streams.err }),
      ...(streams.onInterrupt === undefined ? {} : { onInterrupt: streams.onInterrupt }),
      warn: (line) => { streams.err(`${line}\n`); },
      say: (line) => { if (!json) streams.out(`${line}\n`); },
      give: (value) => { if (json) streams.out(`${JSON.stringify(value)}\n`); },
    });
  } catch (error) {
    return tell(error, json, streams);
  }
}

/** What the file system refused, with the path in its own words: a folder that is a file, a disk that is full. */
function isSystemError(error: unknown): error is { readonly message: string } {
  return typeof error === 'object' && error !== null && 'syscall' in error && 'path' in error && 'message' in error;
}

function tell(error: unknown, json: boolean, streams: Streams): number {
  const known = error instanceof CliError ? error
    : error instanceof ZodError ? new CliError('UNEXPECTED_SHAPE', 'A value does not have the shape that its contract names', EXIT.refused, error.issues.map((issue) => ({ path: issue.path.join('.'), code: issue.code, message: issue.message })))
      : isSystemError(error) ? new CliError('FILE_UNUSABLE', error.message, EXIT.usage)
        : new CliError('UNEXPECTED', error instanceof Error ? error.message : String(error), EXIT.unexpected);
  if (json) streams.out(`${JSON.stringify({ code: known.code, message: known.message, fields: known.fields })}\n`);
  else streams.err(`${known.code}: ${known.message}\n${known.fields.map((field) => `  ${field.path}: ${field.message} (${field.code})\n`).join('')}`);
  return known.exit;
}
