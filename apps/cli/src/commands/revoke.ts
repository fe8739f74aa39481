import { z } from 'zod';
import { documentsAnswerSchema, keyIdSchema, platformIdSchema, revocationSchema, rosterSchema, trustViewSchema, type EnvelopeShape, type Revocation } from '#libs/contracts';
import { encodePayload, parseEnvelope, parseStrictJson } from '#libs/envelope';
import { CliError, EXIT } from '../cli-error';
import { readArgs, readWord, type Command, type Context } from '../command';
import { openSigner, signPayload } from '../signing';

/** `revoke`: one officer takes a key out of use; the list only grows. */
export const revoke: Command = {
  usage: 'revoke KEY_ID --platform PLATFORM --key OFFICER_KEY_FILE [--reason compromised|left] [--passphrase-file FILE] [--dry-run]',
  does: 'take a key out of use / 吊销密钥',
  async run(args, context) {
    const { values, words } = readArgs(args, {
      platform: { type: 'string' }, key: { type: 'string' }, reason: { type: 'string' }, 'passphrase-file': { type: 'string' }, 'dry-run': { type: 'boolean' },
    }, { min: 1, max: 1, usage: this.usage });
    if (values.platform === undefined || values.key === undefined) throw new CliError('USAGE', `Usage: ./clarion ${this.usage}`, EXIT.usage);
    const keyId = readWord(keyIdSchema, words[0] ?? '', 'is not a key id (64 hexadecimal digits)', this.usage);
    const platform = readWord(platformIdSchema, values.platform, 'is not a platform id', this.usage);
    const reason = readWord(z.enum(['compromised', 'left']), values.reason ?? 'compromised', 'is no reason; there are: compromised, left', this.usage);
    const revocation = await nextRevocation(context, platform, keyId, reason);
    context.say(await holderOf(context, platform, keyId));
    context.say(reason === 'compromised' ? 'what it signed is void: running items signed by it end' : 'what was admitted before stays; nothing new that it signs counts');
    context.say(`revocation ${revocation.version} of ${revocation.platform}: ${revocation.entries.length} keys`);
    if (values['dry-run'] !== true) {
      const signer = await openSigner(context.config, values.key, values['passphrase-file']);
      await context.api.post('/api/revocations', documentsAnswerSchema, { documents: [await signPayload('revocation', encodePayload(revocation), signer)] });
    }
    context.give(revocation);
    return EXIT.ok;
  },
};

/** Who holds a key by the platform's roster in force. */
async function holderOf(context: Context, platform: string, keyId: string): Promise<string> {
  const { rosters } = await context.api.get('/api/trust', trustViewSchema);
  for (const envelope of rosters) {
    const parsed = parseEnvelope(envelope);
    const json = parsed.ok ? parseStrictJson(parsed.payload) : undefined;
    const roster = json?.ok === true ? rosterSchema.safeParse(json.value).data : undefined;
    if (roster === undefined || roster.platform !== platform) continue;
    const person = roster.persons.find(({ keys }) => keys.some((key) => key.keyId === keyId));
    if (person !== undefined) return `this key is held by ${person.id} (${person.roles.join(' ')}) of ${platform}`;
    if (roster.dispatcher.keyId === keyId) return `this key is the dispatcher of ${platform}: nothing of ${platform} is dispatched without it`;
    if (roster.logKey.keyId === keyId) return `this key signs the log of ${platform}`;
  }
  return `no roster of ${platform} names this key`;
}

export async function nextRevocation(context: Context, platform: string, keyId: string, reason: string): Promise<Revocation> {
  const held = (await context.api.get('/api/trust', trustViewSchema)).revocations.map(readRevocation).find((entry) => entry?.platform === platform);
  const now = context.clock.now();
  return revocationSchema.parse({
    platform, version: (held?.version ?? 0) + 1, issuedAt: now,
    entries: [...(held?.entries ?? []).filter((entry) => entry.keyId !== keyId), { keyId, reason, since: now }],
  });
}

function readRevocation(envelope: EnvelopeShape): Revocation | undefined {
  const parsed = parseEnvelope(envelope);
  const json = parsed.ok ? parseStrictJson(parsed.payload) : undefined;
  return json?.ok === true ? revocationSchema.safeParse(json.value).data : undefined;
}
