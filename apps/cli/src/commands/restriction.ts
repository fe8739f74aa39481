import { z } from 'zod';
import { areaIdSchema, envelopeSchema, LIMITS, platformIdSchema, restrictionSchema, restrictionViewSchema, type RestrictionView } from '#libs/contracts';
import { encodePayload } from '#libs/envelope';
import { signEnvelope, type Signer } from '#libs/suites';
import { checkOfficers } from '../check-officers';
import { CliError, EXIT } from '../cli-error';
import { readArgs, type Command, type Context } from '../command';
import { OptionReader } from '../read-options';
import { openSigner } from '../signing';

const PERIOD = 'restriction period AREA --class notice|governance|daily... [--approvals N] --from TIME --until TIME --reason TEXT --key OFFICER_KEY_FILE --key OFFICER_KEY_FILE [--platform PLATFORM] [--passphrase-file FILE]';
const USAGE = `${PERIOD} | restriction ls`;
const PERIOD_CLASSES = ['notice', 'governance', 'daily'] as const;

/** `restriction`: narrows what may sound for an important period; begins and ends by itself on the terminals. */
export const restriction: Command = {
  usage: USAGE,
  does: 'important periods: silence everyday classes, or ask for more signatures / 重要保障期',
  async run([verb, ...args], context) {
    switch (verb) {
      case 'period': return period(args, context);
      case 'ls': return list(args, context);
      default: throw new CliError('USAGE', `Usage: ./clarion ${USAGE}`, EXIT.usage);
    }
  },
};

async function period(args: readonly string[], context: Context): Promise<number> {
  const { values, words } = readArgs(args, {
    class: { type: 'string', multiple: true }, approvals: { type: 'string' }, from: { type: 'string' }, until: { type: 'string' }, reason: { type: 'string' },
    key: { type: 'string', multiple: true }, platform: { type: 'string' }, 'passphrase-file': { type: 'string' },
  }, { min: 1, max: 1, usage: PERIOD });
  const { from, until, reason, key: keys = [], platform: named } = values;
  const options = new OptionReader(PERIOD);
  const area = options.read('AREA', areaIdSchema, words[0], 'is not an area id; ./clarion areas lists them');
  const classes = options.given('--class', values.class, `which classes, of ${PERIOD_CLASSES.join(', ')}`)
    ?.flatMap((one) => options.read('--class', z.enum(PERIOD_CLASSES), one, `is not one of ${PERIOD_CLASSES.join(', ')}: warnings are never restricted`) ?? []);
  const approvals = values.approvals === undefined ? null : options.whole('--approvals', values.approvals, 1, LIMITS.approvals);
  const [notBefore, notAfter] = [options.time('--from', from), options.time('--until', until)];
  if (notBefore !== undefined && notAfter !== undefined && (notAfter <= notBefore || notAfter - notBefore > LIMITS.periodDays * 86_400_000)) {
    options.fault('--until', 'PERIOD_LENGTH', `A period lasts at most ${LIMITS.periodDays} days and ends after it begins`);
  }
  const why = options.read('--reason', restrictionSchema.shape.reason, reason, 'is no reason of at most 200 characters');
  const platform = named === undefined ? context.api.currentSession().platform : options.read('--platform', platformIdSchema, named, 'is not a platform id');
  if (keys.length === 0) options.fault('--key', 'REQUIRED', 'Officers sign it: --key OFFICER_KEY_FILE, once for each');
  if (options.hasFaults || area === undefined || classes === undefined || approvals === undefined || notBefore === undefined || notAfter === undefined || why === undefined || platform === undefined) throw options.refusal();
  const signers: Signer[] = [];
  for (const key of keys) signers.push(await openSigner(context.config, key, values['passphrase-file']));
  await checkOfficers(context, platform, signers, PERIOD);
  const payload = restrictionSchema.parse({
    restrictionId: context.clock.uuid7(), platform, area, kind: 'period', classes: [...new Set(classes)], approvals, reason: why, notBefore, notAfter, issuedAt: context.clock.now(),
  });
  const envelope = envelopeSchema.parse(await signEnvelope('restriction', encodePayload(payload), signers));
  const view = await context.api.post('/api/restrictions', restrictionViewSchema, { restriction: envelope });
  context.say(line(view));
  context.say('It begins and ends by itself on the terminals and cannot be lifted before / 到时自动开始和结束，不能提前解除');
  context.give(view);
  return EXIT.ok;
}

async function list(args: readonly string[], context: Context): Promise<number> {
  readArgs(args, {}, { min: 0, max: 0, usage: USAGE });
  const views = await context.api.get('/api/restrictions', z.array(restrictionViewSchema));
  views.forEach((view) => { context.say(line(view)); });
  context.say(views.length === 0 ? 'nothing is restricted' : `${views.length} restrictions`);
  context.give(views);
  return EXIT.ok;
}

function line({ kind, area, platform, classes, approvals, notBefore, notAfter, terminals, reason }: RestrictionView): string {
  const what = approvals === null ? `no ${classes.join(', ')} sounds` : `${classes.join(', ')} need ${approvals} approvals`;
  return `${kind === 'posture' ? '应急收紧/posture' : '保障期/period'} ${area} by ${platform}, ${terminals} terminals, ${new Date(notBefore).toISOString()} to ${new Date(notAfter).toISOString()}: ${what}; ${reason}`;
}
