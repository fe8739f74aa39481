import { digestSchema, platformIdSchema, stopAnswerSchema, type AreaId, type Digest, type EnvelopeShape, type PlatformId } from '#libs/contracts';
import { CliError, EXIT } from '../cli-error';
import { readArgs, readWord, type Command, type Context } from '../command';
import { drillMark } from '../drill-mark';
import { openSigner } from '../signing';
import { sayAfterStop } from './after-stop';
import { areaNamed } from './area-by-code';
import { areasToStop } from './areas-of-platform';
import { goesOn, goesOnAfter, isAny, sayGoesOn, type GoesOn } from './goes-on';
import { giveSignedStop, throughGateway, type GivenStop, type Reached } from './signed-stop';
import { wouldStop } from './would-stop';

/**
 * `stop`: silences messages, or everything in an area. With `--key` a stopper's own signature carries it, through the
 * STOP listener or, where that is gone too, straight through the gateway on this machine (`--via gateway`).
 */
export const stop: Command = {
  usage: 'stop [--area AREA] [--message DIGEST]... [--key KEY_FILE --platform PLATFORM [--via gateway]] [--passphrase-file FILE] [--dry-run]',
  does: 'STOP / 停止播出',
  async run(args, context) {
    const { values } = readArgs(args, {
      area: { type: 'string' }, message: { type: 'string', multiple: true }, key: { type: 'string' }, platform: { type: 'string' },
      via: { type: 'string' }, 'passphrase-file': { type: 'string' }, 'dry-run': { type: 'boolean' },
    }, { min: 0, max: 0, usage: this.usage });
    if (values.via !== undefined && (values.via !== 'gateway' || values.key === undefined)) {
      throw new CliError('USAGE', `--via takes only "gateway", and only with --key\nUsage: ./clarion ${this.usage}`, EXIT.usage);
    }
    const area = values.area === undefined ? undefined : await areaNamed(context, values.area, this.usage);
    const chosen = values.message?.map((digest) => readWord(digestSchema, digest, 'is not the digest of a message (64 hexadecimal digits)', this.usage));
    const platform = values.platform === undefined ? undefined : readWord(platformIdSchema, values.platform, 'is not a platform id', this.usage);
    const scope = { ...(area === undefined ? {} : { area }), ...(chosen === undefined ? {} : { messages: chosen }) };
    if (values['dry-run'] === true) {
      context.say(`would stop ${chosen?.join(' ') ?? 'everything'} in ${area ?? 'the whole platform'}`);
      const seen = context.api.isSignedIn() ? await wouldStop(context, area, chosen) : undefined;
      if (seen === undefined) context.say('  sign in to see what sounds there now; terminals would judge the signature themselves');
      else {
        context.say(`  ${seen.terminals.sounding} of ${seen.terminals.total} terminals there are sounding, ${seen.terminals.online} are online`);
        seen.messages.forEach((row) => { context.say(`  on air: ${drillMark(row.mode)}${row.title} (${row.id}), ${row.tally.audible} sounding of ${row.tally.targeted} in all its areas`); });
        seen.waiting.forEach((row) => { context.say(`  waits and would be silent there: ${drillMark(row.mode)}${row.title} (${row.id}), ${row.state} / 待播，将在此处静默`); });
        if (seen.messages.length + seen.waiting.length === 0) context.say('  nothing that you could stop is on air there');
      }
      const left = seen === undefined || chosen !== undefined ? undefined : await goesOn(context, platform ?? context.api.currentSession().platform, area);
      if (left !== undefined) sayGoesOn(context, left, 'would go on');
      context.give({ ...scope, dryRun: true, ...seen, ...(left === undefined ? {} : { goesOn: left }) });
      return EXIT.ok;
    }
    if (values.key === undefined) {
      const answer = await orElse(context.api.postStop(stopAnswerSchema, scope), 'with a stopper\'s own key, to the same place or on the server through its gateway: ./clarion stop --key KEY_FILE --platform PLATFORM [--via gateway]');
      const exit = sayReached(context, `stop ${answer.stopId}`, answer, 'listener');
      const left = await sayLeft(context, context.api.currentSession().platform, area, chosen);
      context.give({ ...answer, ...left });
      await sayAfterStop(context, { issuedAt: answer.issuedAt, area, messages: chosen }, values.key);
      return left === undefined ? exit : EXIT.partial;
    }
    if (platform === undefined) throw new CliError('USAGE', 'A stop with a key names its platform: --platform PLATFORM', EXIT.usage);
    // A stop is not kept waiting for a file's mode.
    const signer = await openSigner(context.config, values.key, values['passphrase-file'], ({ code, message }) => { context.say(`${code}: ${message}`); });
    const through = values.via === 'gateway' ? 'gateway' : 'listener';
    const send = (envelope: EnvelopeShape): Promise<Reached> => (through === 'gateway'
      ? orElse(throughGateway(context, envelope), 'the same without --via gateway, through the STOP listener')
      : orElse(context.api.postSignedStop(stopAnswerSchema, envelope), 'the same on the server itself with --via gateway'));
    const areas = await areasToStop(context, platform, area, through);
    const messages = chosen === undefined ? {} : { messages: chosen };
    // Side by side: an area must not wait for the one before it.
    const stops = await Promise.all(areas.map(async (one) => ({ area: one, ...await giveSignedStop(context, signer, platform, { area: one, ...messages }, send) })));
    const exits = stops.map((one) => sayReached(context, `stop for ${one.area} signed by ${one.envelope.signatures[0]?.keyid.slice(0, 12) ?? ''}`, one.reached, through));
    context.say('terminals judge the signature themselves; watch on-air / 由终端自行验签，请看 on-air');
    const left = await sayLeft(context, platform, area, chosen);
    context.give({ ...givenAs(stops), ...left });
    await sayAfterStop(context, { issuedAt: Math.max(...stops.map(({ issuedAt }) => issuedAt)), area, messages: chosen }, values.key);
    return stops.every(({ isDated }, at) => isDated && exits[at] === EXIT.ok) && left === undefined ? EXIT.ok : EXIT.partial;
  },
};

/** Nobody waits with a horn sounding: where this way does not answer, the other one is named. */
async function orElse<T>(way: Promise<T>, other: string): Promise<T> {
  try {
    return await way;
  } catch (error) {
    if (!(error instanceof CliError) || error.exit !== EXIT.unreachable) throw error;
    throw new CliError(error.code, `${error.message}\nThe other way / 另一途径: ${other}`, error.exit);
  }
}

/** Says what from above goes on all the same; undefined when nothing does, or nobody can say. A stop of named messages leaves the others on purpose. */
async function sayLeft(context: Context, platform: PlatformId, area: AreaId | undefined, chosen: readonly Digest[] | undefined): Promise<{ readonly goesOn: GoesOn } | undefined> {
  const left = chosen === undefined ? await goesOnAfter(context, platform, area) : undefined;
  if (left === undefined || !isAny(left)) return undefined;
  sayGoesOn(context, left, 'goes on');
  return { goesOn: left };
}

/** `stop` and `written` where there is one area, as for a long time; `stops` lists them all. */
function givenAs(stops: readonly (GivenStop & { readonly area: AreaId })[]): object {
  const all = stops.map(({ area, envelope, reached: { written, kept } }) => ({ area, stop: envelope, written, kept }));
  return { stop: all[0]?.stop, written: all.reduce((sum, { written }) => sum + written, 0), stops: all };
}

/** A stop that reached no terminal is loud, and partial: it is kept, but nothing has gone quiet yet. */
function sayReached({ say }: Context, what: string, { written, kept }: Reached, through: 'listener' | 'gateway'): number {
  if (!kept) say(`!!! ${what} is not on the server's disk, which hangs or is full: who is offline now may never hear of it; give it again / 服务器磁盘未能保存，请再次停止`);
  if (written > 0) {
    say(`${what} sent to ${written} terminals`);
    return kept ? EXIT.ok : EXIT.partial;
  }
  say(through === 'listener'
    ? `!!! ${what} is ${kept ? 'kept on disk, but' : 'given, but'} no terminal was reached: the gateway does not answer, or no terminal that stands there is connected / 已记录，但没有送达任何终端`
    : `!!! ${what}: the gateway has it, but no terminal was reached: none that stands there is connected / 网关已收下，但没有送达任何终端`);
  return EXIT.partial;
}
