import { z } from 'zod';
import {
  draftAnswerSchema, drillIdSchema, speechSpeedSchema, templateCardSchema, templateDraftSchema, templateViewSchema,
  type Draft, type TemplateField, type TemplateView,
} from '#libs/contracts';
import { draftOfTemplate, fillTemplate } from '#libs/domain';
import { CliError, EXIT } from '../cli-error';
import { readArgs, readWord, type Command, type Context } from '../command';
import { readTime } from '../read-time';
import { openSigner } from '../signing';
import { checkDraft, sayConsequence, submitSigned } from './compose';

const FILL = 'template fill TEMPLATE --field NAME=VALUE... --area AREA... [--drill DRILL] [--from TIME] [--until TIME] [--speed slow|normal|fast] [--submit --key KEY_FILE [--passphrase-file FILE] [--hold]]';
const USAGE = `template ls [--drills] | template show TEMPLATE [--version N] | ${FILL} | template enable TEMPLATE --version N | template disable TEMPLATE`;

/** `template`: texts that are ready: list, show, fill in and hand in, put into force. */
export const template: Command = {
  usage: USAGE,
  does: 'texts that are ready: list, show, fill in, enable / 模板',
  async run([verb, ...args], context) {
    switch (verb) {
      case 'ls': return list(args, context);
      case 'show': return show(args, context);
      case 'fill': return fill(args, context);
      case 'enable': return enable(args, context);
      case 'disable': return disable(args, context);
      default: throw new CliError('USAGE', `Usage: ./clarion ${USAGE}`, EXIT.usage);
    }
  },
};

async function list(args: readonly string[], context: Context): Promise<number> {
  const { values } = readArgs(args, { drills: { type: 'boolean' } }, { min: 0, max: 0, usage: USAGE });
  const cards = await context.api.get(`/api/templates?mode=${values.drills === true ? 'drill' : 'actual'}`, z.array(templateCardSchema));
  for (const card of cards) {
    const marks = `${card.enabled ? '' : ' (not in use)'}${card.proposed === null ? '' : ` (version ${card.proposed} waits)`}`;
    context.say(`${card.id.padEnd(24)} ${card.class}/${card.severity} ${card.sound.padEnd(5)} ${card.title}: ${card.firstLine}${marks}`);
  }
  context.give(cards);
  return EXIT.ok;
}

async function show(args: readonly string[], context: Context): Promise<number> {
  const { values, words } = readArgs(args, { version: { type: 'string' } }, { min: 1, max: 1, usage: USAGE });
  const view = await viewOf(context, words[0] ?? '', values.version);
  context.say(`${view.id} version ${view.version}${view.enabled ? ', in use' : ', not in use'}: ${view.class}/${view.severity}/${view.mode}, opens with ${view.sound}, said ${view.repeats} times, volume ${view.volume}`);
  context.say(`${view.title}: ${view.text}`);
  context.say(`correction: ${view.correction ?? 'none'}`);
  context.say(`all-clear: ${view.allClear ?? 'none'}`);
  for (const field of view.fields) context.say(`  ${field.name} ${field.label}: ${whatFits(field)}, for example ${field.example}`);
  context.give(view);
  return EXIT.ok;
}

function whatFits(field: TemplateField): string {
  switch (field.type) {
    case 'text':
    case 'place': return `${field.type} of up to ${field.maxChars} characters`;
    case 'number': return `number from ${field.min} to ${field.max} ${field.unit}`;
    case 'choice': return `one of ${field.options.join(', ')}`;
    case 'time':
    case 'date': return field.type;
  }
}

/** Fills in, shows what the bytes say and would do, and with `--submit` signs and hands in. */
async function fill(args: readonly string[], context: Context): Promise<number> {
  const { values, words } = readArgs(args, {
    field: { type: 'string', multiple: true }, area: { type: 'string', multiple: true }, drill: { type: 'string' }, from: { type: 'string' }, until: { type: 'string' },
    speed: { type: 'string' }, submit: { type: 'boolean' }, hold: { type: 'boolean' }, key: { type: 'string' }, 'passphrase-file': { type: 'string' }, 'dry-run': { type: 'boolean' },
  }, { min: 1, max: 1, usage: FILL });
  const view = await viewOf(context, words[0] ?? '');
  const wanted = templateDraftSchema.parse({
    version: view.version, fields: fieldsFrom(values.field ?? []), ...(values.area === undefined ? {} : { areas: values.area }),
    ...(values.drill === undefined ? {} : { drill: readWord(drillIdSchema, values.drill, 'is not the id of a drill', FILL) }),
    ...(values.speed === undefined ? {} : { speed: readWord(speechSpeedSchema, values.speed, 'is not slow, normal or fast', FILL) }),
    ...(values.from === undefined ? {} : { notBefore: readTime(values.from, FILL) }), ...(values.until === undefined ? {} : { notAfter: readTime(values.until, FILL) }),
  });
  const answer = await context.api.post(`/api/templates/${encodeURIComponent(view.id)}/draft`, draftAnswerSchema, wanted);
  const filled = fillTemplate(view, wanted.fields);
  // The server filled it, so it can be filled here; what it made of it is compared with our own filling below.
  if (!filled.ok) throw new CliError('PAYLOAD_DIFFERS', 'The server filled what cannot be filled; nothing was signed', EXIT.refused);
  const asked: Draft = { ...draftOfTemplate(view, filled.filled, wanted), speech: { speed: wanted.speed } };
  const { answer: _same, ...drafted } = await checkDraft(context, asked, answer);
  sayConsequence(context, answer, drafted);
  if (values.submit !== true || values['dry-run'] === true) {
    context.give(answer);
    return EXIT.ok;
  }
  if (values.key === undefined) throw new CliError('USAGE', `Usage: ./clarion ${FILL}`, EXIT.usage);
  const message = await submitSigned(context, drafted, await openSigner(context.config, values.key, values['passphrase-file']), values.hold === true);
  context.say(`submitted ${message.id}, state ${message.state}`);
  context.give(message);
  return EXIT.ok;
}

async function enable(args: readonly string[], context: Context): Promise<number> {
  const { values, words } = readArgs(args, { version: { type: 'string' } }, { min: 1, max: 1, usage: USAGE });
  const version = Number(values.version);
  if (!Number.isInteger(version) || version < 1) throw new CliError('USAGE', `Name the version that you have looked at (--version N)\nUsage: ./clarion ${USAGE}`, EXIT.usage);
  return switched(context, await context.api.post(`/api/templates/${encodeURIComponent(words[0] ?? '')}/enable`, templateViewSchema, { version }));
}

async function disable(args: readonly string[], context: Context): Promise<number> {
  const { words } = readArgs(args, {}, { min: 1, max: 1, usage: USAGE });
  return switched(context, await context.api.post(`/api/templates/${encodeURIComponent(words[0] ?? '')}/disable`, templateViewSchema, {}));
}

function switched(context: Context, view: TemplateView): number {
  context.say(`${view.id} version ${view.version} is ${view.enabled ? 'in use' : 'not in use'}`);
  context.give(view);
  return EXIT.ok;
}

function viewOf(context: Context, id: string, version?: string): Promise<TemplateView> {
  return context.api.get(`/api/templates/${encodeURIComponent(id)}${version === undefined ? '' : `?version=${encodeURIComponent(version)}`}`, templateViewSchema);
}

function fieldsFrom(pairs: readonly string[]): Readonly<Record<string, string>> {
  const split = pairs.map((pair) => ({ name: pair.slice(0, Math.max(0, pair.indexOf('='))), value: pair.slice(pair.indexOf('=') + 1) }));
  const twice = split.find(({ name }, at) => name === '' || split.findIndex((other) => other.name === name) !== at);
  if (twice !== undefined) throw new CliError('USAGE', `"${twice.name === '' ? twice.value : twice.name}" is not a field of its own: write --field NAME=VALUE once for each\nUsage: ./clarion ${FILL}`, EXIT.usage);
  return Object.fromEntries(split.map(({ name, value }) => [name, value]));
}
