import { z } from 'zod';
import { incidentIdSchema, incidentViewSchema, type IncidentView } from '#libs/contracts';
import { CliError, EXIT } from '../cli-error';
import { readArgs, readWord, type Command, type Context } from '../command';

const USAGE = 'incident list [--all] | incident ack INCIDENT [--note TEXT] | incident close INCIDENT [--note TEXT]';

/** `incident`: what was tried against the platforms in reach, by cause. */
export const incident: Command = {
  usage: USAGE,
  does: 'security incidents: list, acknowledge, close / 安全事件处置',
  async run([verb, ...args], context) {
    switch (verb) {
      case 'list': return list(args, context);
      case 'ack': return handle(args, 'acknowledge', context);
      case 'close': return handle(args, 'close', context);
      default: throw new CliError('USAGE', `Usage: ./clarion ${USAGE}`, EXIT.usage);
    }
  },
};

async function list(args: readonly string[], context: Context): Promise<number> {
  const { values } = readArgs(args, { all: { type: 'boolean' } }, { min: 0, max: 0, usage: USAGE });
  const incidents = await context.api.get(`/api/incidents?state=${values.all === true ? 'all' : 'standing'}`, z.array(incidentViewSchema));
  incidents.forEach((one) => { context.say(line(one)); });
  context.say(incidents.length === 0 ? 'no incident' : `${incidents.length} incidents, ${incidents.filter(({ state }) => state === 'open').length} open`);
  context.give(incidents);
  return EXIT.ok;
}

async function handle(args: readonly string[], act: 'acknowledge' | 'close', context: Context): Promise<number> {
  const { values, words } = readArgs(args, { note: { type: 'string' } }, { min: 1, max: 1, usage: USAGE });
  const id = readWord(incidentIdSchema, words[0] ?? '', 'is not the id of an incident; ./clarion incident list shows them', USAGE);
  const handled = await context.api.post(`/api/incidents/${id}/${act}`, incidentViewSchema, { note: values.note ?? '' });
  context.say(line(handled));
  context.give(handled);
  return EXIT.ok;
}

function line({ id, state, kind, platform, cause, count, terminals, codes, lastAt, postureUntil, handledBy }: IncidentView): string {
  const where = terminals.length === 0 ? '' : `, ${terminals.length} terminals (${terminals.slice(0, 3).join(' ')}${terminals.length > 3 ? ' ...' : ''})`;
  const answer = postureUntil === null ? '' : `, everyday classes silent until ${new Date(postureUntil).toISOString()}`;
  return `${new Date(lastAt).toISOString()} ${id} ${state.padEnd(12)} ${kind} at ${platform}${cause === '' ? '' : ` (${cause})`} x${count}${where} ${codes.join(' ')}${answer}${handledBy === null ? '' : ` — ${handledBy}`}`.trimEnd();
}
