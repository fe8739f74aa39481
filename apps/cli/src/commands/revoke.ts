import { documentsAnswerSchema, keyIdSchema, platformIdSchema, revocationSchema, type KeyId, type PlatformId, type Revocation, type RevokedCertificate } from '#libs/contracts';
import { encodePayload } from '#libs/envelope';
import type { Signer } from '#libs/suites';
import { applyDocument, lineageOf, strandedIn, type TrustState } from '#libs/trust';
import { z } from 'zod';
import { CliError, EXIT } from '../cli-error';
import { readArgs, readWord, type Command } from '../command';
import { certificateToRevoke } from '../revoked-certificate';
import { readRoot, revocationInForce, rosterInForce, trustUnder, vouchedBy, type GivenRoster } from '../roster-in-force';
import { openSigner, signPayload } from '../signing';

/**
 * `revoke`: one officer takes a key out of use, or a server's certificate; the list only grows. What stood on it before is signed again, so it is
 * believed only under the officer's own signature or the root that they brought along.
 */
export const revoke: Command = {
  usage: 'revoke KEY_ID | --certificate FINGERPRINT_OR_FILE --platform PLATFORM --key OFFICER_KEY_FILE [--reason compromised|left] [--passphrase-file FILE] [--root ROOT_FILE, for officers who did not sign the list in force] [--version N, where a former list fell] [--dry-run]',
  does: 'take a key, or a server\'s certificate, out of use / 吊销密钥或服务器证书',
  async run(args, context) {
    const { values, words } = readArgs(args, {
      platform: { type: 'string' }, key: { type: 'string' }, reason: { type: 'string' }, 'passphrase-file': { type: 'string' }, root: { type: 'string' }, version: { type: 'string' }, 'dry-run': { type: 'boolean' }, certificate: { type: 'string' },
    }, { min: 0, max: 1, usage: this.usage });
    if (values.platform === undefined || values.key === undefined || (words.length === 0) === (values.certificate === undefined)) throw new CliError('USAGE', `Usage: ./clarion ${this.usage}`, EXIT.usage);
    const platform = readWord(platformIdSchema, values.platform, 'is not a platform id', this.usage);
    const reason = readWord(z.enum(['compromised', 'left']), values.reason ?? 'compromised', 'is no reason; there are: compromised, left', this.usage);
    const keyId = words[0] === undefined ? undefined : readWord(keyIdSchema, words[0], 'is not a key id (64 hexadecimal digits)', this.usage);
    const root = values.root === undefined ? undefined : readRoot(values.root);
    const signer = await openSigner(context.config, values.key, values['passphrase-file']);
    const given = await rosterInForce(context, platform);
    const before = revocationInForce(given, signer, root);
    const certificate = values.certificate === undefined ? undefined : await certificateToRevoke(values.certificate, context);
    if (certificate !== undefined && given.charter.parent !== null) throw new CliError('NOT_THE_DISTRICT', `Certificates of servers are revoked by the district's own platform, not by ${platform}`, EXIT.refused);
    const version = values.version === undefined ? (before?.version ?? 0) + 1 : readWord(z.coerce.number().int().min(1).max(1_000_000), values.version, 'is no version', this.usage);
    const now = context.clock.now();
    const next = nextRevocation(before, platform, now);
    const alone = { ...(keyId === undefined ? next : withKey(next, keyId, reason, now)), ...(certificate === undefined ? {} : { certificates: certificatesWith(next, [{ fingerprint: certificate.fingerprint, since: now }]) }), version };
    const carried = root === undefined ? { entries: [], certificates: [] } : await strandedBy(alone, signer, trustUnder(root, given.view));
    const revocation = revocationSchema.parse({ ...alone, entries: [...alone.entries, ...carried.entries], ...(carried.certificates.length > 0 ? { certificates: certificatesWith(alone, carried.certificates) } : {}) });
    const word = { root: 'it holds under the root that you brought', 'own signature': 'you signed that roster', server: 'by the server\'s word' }[vouchedBy(given, signer, root)];
    if (keyId === undefined) certificate?.says.forEach((line) => { context.say(line); });
    else context.say(`${holderOf(given, keyId)} (${word})`);
    if (keyId !== undefined) context.say(reason === 'compromised' ? 'what it signed is void: running items signed by it end' : 'what was admitted before stays; nothing new that it signs counts');
    context.say(`revocation ${revocation.version} of ${platform}: ${revocation.entries.length} keys${revocation.certificates === undefined ? '' : ` and ${revocation.certificates.length} certificates`}${before === undefined ? ', the first' : `, ${before.entries.length} of them ${root === undefined ? 'under your own signature' : 'under the root that you brought'}`}`);
    if (carried.entries.length > 0) context.say(`${carried.entries.length} of them were revoked by an officer who falls with this: new terminals could not read it otherwise`);
    if (values['dry-run'] !== true) {
      await context.api.post('/api/revocations', documentsAnswerSchema, { documents: [await signPayload('revocation', encodePayload(revocation), signer)] });
    }
    context.give(revocation);
    return EXIT.ok;
  },
};

/** Who holds a key by the platform's roster. */
function holderOf({ roster }: GivenRoster, keyId: KeyId): string {
  const person = roster.persons.find(({ keys }) => keys.some((key) => key.keyId === keyId));
  if (person !== undefined) return `this key is held by ${person.id} (${person.roles.join(' ')}) of ${roster.platform}`;
  if (roster.dispatcher.keyId === keyId) return `this key is the dispatcher of ${roster.platform}: nothing of ${roster.platform} is dispatched without it`;
  if (roster.logKey.keyId === keyId) return `this key signs the log of ${roster.platform}`;
  return `no person, dispatcher or log of ${roster.platform} has this key`;
}

/** What others have revoked and a new terminal could not read any more once this is in force: this list says it again. */
async function strandedBy(revocation: Revocation, signer: Signer, before: TrustState): Promise<Required<Pick<Revocation, 'entries' | 'certificates'>>> {
  const after = applyDocument(before, await signPayload('revocation', encodePayload(revocation), signer), null);
  const named = new Set(revocation.entries.map((entry) => entry.keyId));
  const stranded = after.ok ? strandedIn(after.value).filter(({ platform }) => lineageOf(after.value, platform).includes(revocation.platform)) : [];
  const entries = stranded.flatMap((one) => one.entries).filter((entry) => !named.has(entry.keyId));
  return { entries: [...new Map(entries.map((entry) => [entry.keyId, entry])).values()], certificates: stranded.flatMap(({ platform, certificates }) => (platform === revocation.platform ? certificates : [])) };
}

/** The list as it is, under the next version. */
function nextRevocation(held: Revocation | undefined, platform: PlatformId, now: number): Revocation {
  return { ...held, platform, version: (held?.version ?? 0) + 1, issuedAt: Math.max(now, held?.issuedAt ?? 0), entries: held?.entries ?? [] };
}

/** One key more; what was revoked as compromised stays so. */
function withKey(list: Revocation, keyId: KeyId, reason: 'compromised' | 'left', now: number): Revocation {
  const known = list.entries.find((entry) => entry.keyId === keyId);
  return { ...list, entries: [...list.entries.filter((entry) => entry !== known), { keyId, reason: known?.reason === 'compromised' ? 'compromised' : reason, since: known?.since ?? now }] };
}

function certificatesWith({ certificates = [] }: Revocation, more: readonly RevokedCertificate[]): RevokedCertificate[] {
  return [...certificates, ...more.filter(({ fingerprint }) => !certificates.some((known) => known.fingerprint === fingerprint))];
}
