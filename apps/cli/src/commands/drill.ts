import { z } from 'zod';
import { drillKindSchema, drillPlanSchema, drillViewSchema, type DrillView } from '#libs/contracts';
import { CliError, EXIT } from '../cli-error';
import { readArgs, readWord, type Command, type Context } from '../command';
import { readTime } from '../read-time';

const PLAN = 'drill plan --name TEXT --kind platform|front-end|terminal --area AREA... --from TIME --until TIME --notice TEXT';
const USAGE = `${PLAN} | drill ls | drill cancel DRILL`;

/** `drill`: plans a drill; its messages are composed and signed as any other and name it. */
export const drill: Command = {
  usage: USAGE,
  does: 'plan, list and cancel drills / 演练计划',
  async run([verb, ...args], context) {
    switch (verb) {
      case 'plan': return plan(args, context);
      case 'ls': return list(args, context);
      case 'cancel': return cancel(args, context);
      default: throw new CliError('USAGE', `Usage: ./clarion ${USAGE}`, EXIT.usage);
    }
  },
};

async function plan(args: readonly string[], context: Context): Promise<number> {
  const { values } = readArgs(args, {
    name: { type: 'string' }, kind: { type: 'string' }, area: { type: 'string', multiple: true }, from: { type: 'string' }, until: { type: 'string' }, notice: { type: 'string' },
  }, { min: 0, max: 0, usage: PLAN });
  const { name, kind, area, from, until, notice } = values;
  if (name === undefined || kind === undefined || area === undefined || from === undefined || until === undefined || notice === undefined) {
    throw new CliError('USAGE', `Usage: ./clarion ${PLAN}`, EXIT.usage);
  }
  const wanted = readWord(drillPlanSchema.shape.kind, kind, `is not ${drillKindSchema.options.join(', ')}`, PLAN);
  const made = await context.api.post('/api/drills', drillViewSchema, { name, kind: wanted, areas: area, opensAt: readTime(from, PLAN), closesAt: readTime(until, PLAN), notice });
  context.say(line(made));
  context.say('Nothing sounds of it yet: ./clarion template ls --drills, then template fill ... --drill with its id.');
  context.give(made);
  return EXIT.ok;
}

async function list(args: readonly string[], context: Context): Promise<number> {
  readArgs(args, {}, { min: 0, max: 0, usage: USAGE });
  const drills = await context.api.get('/api/drills', z.array(drillViewSchema));
  drills.forEach((one) => { context.say(line(one)); });
  context.give(drills);
  return EXIT.ok;
}

async function cancel(args: readonly string[], context: Context): Promise<number> {
  const { words } = readArgs(args, {}, { min: 1, max: 1, usage: USAGE });
  const cancelled = await context.api.post(`/api/drills/${encodeURIComponent(words[0] ?? '')}/cancel`, drillViewSchema, {});
  context.say(line(cancelled));
  context.give(cancelled);
  return EXIT.ok;
}

function line({ id, kind, name, areas, opensAt, closesAt, cancelledAt }: DrillView): string {
  const when = `${new Date(opensAt).toISOString()} to ${new Date(closesAt).toISOString()}`;
  return `${id}  演练/DRILL ${kind.padEnd(9)} ${when}  ${name}  ${areas.join(' ')}${cancelledAt === null ? '' : '  cancelled'}`;
}
