import { request } from 'node:http';
import { join } from 'node:path';
import { areaIdSchema, digestSchema, GATEWAY_SOCKET, gatewayRoutes, LIMITS, platformIdSchema, stopAnswerSchema, stopSchema, type EnvelopeShape } from '#libs/contracts';
import { encodePayload } from '#libs/envelope';
import { CliError, EXIT } from '../cli-error';
import { readArgs, type Command, type Context } from '../command';
import { openSigner, signPayload } from '../signing';

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
    const scope = { ...(values.area === undefined ? {} : { area: values.area }), ...(values.message === undefined ? {} : { messages: values.message }) };
    if (values['dry-run'] === true) {
      context.say(`would stop ${values.message === undefined ? 'everything' : values.message.join(' ')} in ${values.area ?? 'the whole platform'}`);
      context.give({ ...scope, dryRun: true });
      return EXIT.ok;
    }
    if (values.key === undefined) {
      const answer = await context.api.postStop(stopAnswerSchema, scope);
      context.say(`stop ${answer.stopId} sent to ${answer.written} terminals`);
      context.give(answer);
      return EXIT.ok;
    }
    const envelope = await signStop(context, values.key, values['passphrase-file'], values.platform, values.area, values.message ?? []);
    const written = values.via === 'gateway' ? await throughGateway(context, envelope) : (await context.api.postSignedStop(stopAnswerSchema, envelope)).written;
    context.say(`stop signed by ${envelope.signatures[0]?.keyid.slice(0, 12) ?? ''} sent to ${written} terminals`);
    context.give({ stop: envelope, written });
    return EXIT.ok;
  },
};

async function signStop(context: Context, keyFile: string, passphraseFile: string | undefined, platform: string | undefined, area: string | undefined, messages: readonly string[]): Promise<EnvelopeShape> {
  if (platform === undefined) throw new CliError('USAGE', 'A stop with a key names its platform: --platform PLATFORM', EXIT.usage);
  const issuedAt = context.clock.now();
  const payload = stopSchema.parse({
    stopId: context.clock.uuid7(), platform: platformIdSchema.parse(platform), issuedAt, notAfter: issuedAt + LIMITS.stopKeepMs,
    area: areaIdSchema.parse(area ?? platform),
    scope: messages.length === 0 ? { kind: 'all' } : { kind: 'messages', messages: messages.map((digest) => digestSchema.parse(digest)) },
  });
  return signPayload('stop', encodePayload(payload), await openSigner(context.config, keyFile, passphraseFile));
}

/** Hands a signed envelope to the gateway of this machine: terminals judge it themselves. */
function throughGateway(context: Context, stopEnvelope: EnvelopeShape): Promise<number> {
  const body = JSON.stringify({ stop: stopEnvelope, notAfter: context.clock.now() + LIMITS.stopKeepMs });
  return new Promise((resolve, reject) => {
    const call = request({ socketPath: join(context.config.dataDir, GATEWAY_SOCKET), path: gatewayRoutes.stop.path, method: 'POST', headers: { 'content-type': 'application/json' } }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        const answer = gatewayRoutes.stop.answer.safeParse(JSON.parse(Buffer.concat(parts).toString('utf8')));
        if (answer.success) resolve(answer.data.written);
        else reject(new CliError('GATEWAY', 'The gateway refused the stop', EXIT.refused));
      });
    });
    call.on('error', () => { reject(new CliError('UNREACHABLE', 'The gateway does not answer', EXIT.unreachable)); });
    call.end(body);
  });
}
