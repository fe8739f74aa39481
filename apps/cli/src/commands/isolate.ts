import { z } from 'zod';
import { areaIdSchema, areaViewSchema, envelopeSchema, isolateSchema, isolateViewSchema, LIMITS, platformIdSchema, rootSchema, trustViewSchema, type MessageClass } from '#libs/contracts';
import { encodePayload, parseStrictJson } from '#libs/envelope';
import { signEnvelope, type Signer } from '#libs/suites';
import { checkOfficers } from '../check-officers';
import { CliError, EXIT } from '../cli-error';
import { readArgs, type Command, type Context } from '../command';
import { OptionReader } from '../read-options';
import { decodePayload, openSigner } from '../signing';

const MOST_MINUTES = LIMITS.isolateMs / 60_000;

/** `isolate`: closes an area to the tiers above for a while, signed by as many officers as the charter wants. */
export const isolate: Command = {
  usage: 'isolate AREA --minutes N --reason TEXT --key OFFICER_KEY_FILE --key OFFICER_KEY_FILE [--platform PLATFORM] [--passphrase-file FILE] [--dry-run]',
  does: 'shut upper tiers out of an area for at most an hour / 隔离',
  async run(args, context) {
    const { values, words } = readArgs(args, {
      minutes: { type: 'string' }, reason: { type: 'string' }, key: { type: 'string', multiple: true }, platform: { type: 'string' },
      'passphrase-file': { type: 'string' }, 'dry-run': { type: 'boolean' },
    }, { min: 1, max: 1, usage: this.usage });
    const options = new OptionReader(this.usage);
    const area = options.read('AREA', areaIdSchema, words[0], 'is not an area id; ./clarion areas lists them');
    const minutes = options.whole('--minutes', values.minutes, 1, MOST_MINUTES);
    const reason = options.read('--reason', isolateSchema.shape.reason, values.reason, 'is no reason of at most 200 characters');
    const platform = values.platform === undefined ? context.api.currentSession().platform : options.read('--platform', platformIdSchema, values.platform, 'is not a platform id');
    const keys = values.key ?? [];
    if (keys.length === 0 && values['dry-run'] !== true) options.fault('--key', 'REQUIRED', 'Officers sign it: --key OFFICER_KEY_FILE, once for each');
    if (options.hasFaults || area === undefined || minutes === undefined || reason === undefined || platform === undefined) throw options.refusal();
    if (values['dry-run'] === true) {
      const known = (await context.api.get('/api/areas', z.array(areaViewSchema))).find((row) => row.id === area);
      if (known === undefined) throw new CliError('AREA_UNKNOWN', `You see no area that is called ${area}; ./clarion areas lists them`);
      context.say(`would shut what comes from above ${platform} out of ${area} for ${minutes} minutes: ${known.terminals} terminals, ${known.online} online`);
      const stillSounds = await alwaysSounds(context);
      context.say(stillSounds === undefined ? '  classes that the root lets sound always still sound; it ends by itself' : `  ${stillThere(stillSounds)}; it ends by itself`);
      context.give({ dryRun: true, platform, area, minutes, terminals: known.terminals, online: known.online, ...(stillSounds === undefined ? {} : { stillSounds }) });
      return EXIT.ok;
    }
    const signers: Signer[] = [];
    for (const key of keys) signers.push(await openSigner(context.config, key, values['passphrase-file']));
    await checkOfficers(context, platform, signers, this.usage);
    const issuedAt = context.clock.now();
    const payload = isolateSchema.parse({ isolateId: context.clock.uuid7(), platform, area, reason, issuedAt, notAfter: issuedAt + minutes * 60_000 });
    const envelope = envelopeSchema.parse(await signEnvelope('isolate', encodePayload(payload), signers));
    const view = await context.api.post('/api/isolates', isolateViewSchema, { isolate: envelope });
    context.say(`isolated ${view.area} from above ${view.platform} until ${new Date(view.notAfter).toISOString()}: ${view.terminals} terminals`);
    context.say(`  ${stillThere(view.stillSounds)}`);
    context.give(view);
    return EXIT.ok;
  },
};

/** What an isolation does not shut out. */
function stillThere(classes: readonly MessageClass[]): string {
  return classes.length === 0 ? 'nothing from above sounds there / 上级播发一律不响'
    : `still sounds there from above: ${classes.join(', ')}, when it is meant; drills do not / 上级${classes.join('、')}类实发仍会响`;
}

/** As the root says that the server gives; undefined where it cannot be read now. */
async function alwaysSounds(context: Context): Promise<readonly MessageClass[] | undefined> {
  const read = await context.api.get('/api/trust', trustViewSchema).then(({ root }) => parseStrictJson(decodePayload(root.payload)), () => undefined);
  return read?.ok === true ? rootSchema.safeParse(read.value).data?.alwaysSounds : undefined;
}

/** `isolates`: what is closed now. */
export const isolates: Command = {
  usage: 'isolates',
  does: 'areas that are closed to upper tiers now / 隔离中的区域',
  async run(args, context) {
    readArgs(args, {}, { min: 0, max: 0, usage: this.usage });
    const list = await context.api.get('/api/isolates', z.array(isolateViewSchema));
    list.forEach((row) => { context.say(`${row.area.padEnd(16)} by ${row.platform}, ${row.terminals} terminals, until ${new Date(row.notAfter).toISOString()}: ${row.reason}; ${stillThere(row.stillSounds)}`); });
    context.say(list.length === 0 ? 'no area is isolated' : `${list.length} isolated`);
    context.give(list);
    return EXIT.ok;
  },
};
