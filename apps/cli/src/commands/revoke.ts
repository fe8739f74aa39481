import { documentsAnswerSchema, keyIdSchema, platformIdSchema, revocationSchema, rootSchema, type KeyId, type Revocation, type RevokedCertificate, type PlatformId } from '#libs/contracts';
import { encodePayload, unverifiedPayload } from '#libs/envelope';
import type { Signer } from '#libs/suites';
import { applyDocument, lineageOf, strandedIn, trustFromRoot, type TrustState } from '#libs/trust';
import { z } from 'zod';
import { openOrAsk } from '../ceremony/open-signers';
import { CliError, EXIT } from '../cli-error';
import { readArgs, readWord, type Command } from '../command';
import { certificateToRevoke } from '../revoked-certificate';
import { readRoot, revocationInForce, rosterInForce, trustUnder, vouchedBy, type TrustView } from '../roster-in-force';
import { signPayload } from '../signing';
import { holdersIn, sayFalls, strandedRefusal, unseated, wouldFall } from './would-fall';

/**
 * `revoke`: one officer takes a key out of use, or a server's certificate; the list only grows. What stood on it before is signed again, so it is
 * believed only under the officer's own signature or the root that they brought along.
 */
export const revoke: Command = {
  usage: 'revoke KEY_ID | --certificate FINGERPRINT_OR_FILE --platform PLATFORM --key OFFICER_KEY_FILE [--reason compromised|left] [--passphrase-file FILE] [--root ROOT_FILE, for officers who did not sign the list in force] [--version N, where a former list fell] [--anyway, where papers fall with it] [--dry-run]',
  does: 'take a key, or a server\'s certificate, out of use / 吊销密钥或服务器证书',
  async run(args, context) {
    const { values, words } = readArgs(args, {
      platform: { type: 'string' }, key: { type: 'string' }, reason: { type: 'string' }, 'passphrase-file': { type: 'string' }, root: { type: 'string' }, version: { type: 'string' }, 'dry-run': { type: 'boolean' }, anyway: { type: 'boolean' }, certificate: { type: 'string' },
    }, { min: 0, max: 1, usage: this.usage });
    if (values.platform === undefined || values.key === undefined || (words.length === 0) === (values.certificate === undefined)) throw new CliError('USAGE', `Usage: ./clarion ${this.usage}`, EXIT.usage);
    const platform = readWord(platformIdSchema, values.platform, 'is not a platform id', this.usage);
    const reason = readWord(z.enum(['compromised', 'left']), values.reason ?? 'compromised', 'is no reason; there are: compromised, left', this.usage);
    const keyId = words[0] === undefined ? undefined : readWord(keyIdSchema, words[0], 'is not a key id (64 hexadecimal digits)', this.usage);
    const root = values.root === undefined ? undefined : readRoot(values.root);
    const signer = await openOrAsk(context, values.key, values['passphrase-file']);
    const given = await rosterInForce(context, platform, true);
    const before = revocationInForce(given, signer, root);
    const certificate = values.certificate === undefined ? undefined : await certificateToRevoke(values.certificate, context);
    if (certificate !== undefined && given.charter.parent !== null) throw new CliError('NOT_THE_DISTRICT', `Certificates of servers are revoked by the district's own platform, not by ${platform}`, EXIT.refused);
    const version = values.version === undefined ? (before?.version ?? 0) + 1 : readWord(z.coerce.number().int().min(1).max(1_000_000), values.version, 'is no version', this.usage);
    const now = context.clock.now();
    const next = nextRevocation(before, platform, now);
    const alone = { ...(keyId === undefined ? next : withKey(next, keyId, reason, now)), ...(certificate === undefined ? {} : { certificates: certificatesWith(next, [{ fingerprint: certificate.fingerprint, since: now }]) }), version };
    const standing = root === undefined ? byTheServer(given.view) : trustUnder(root, given.view);
    const carried = root === undefined ? { entries: [], certificates: [] } : await strandedBy(alone, signer, standing);
    const revocation = revocationSchema.parse({ ...alone, entries: [...alone.entries, ...carried.entries], ...(carried.certificates.length > 0 ? { certificates: certificatesWith(alone, carried.certificates) } : {}) });
    const word = { root: 'it holds under the root that you brought', 'own signature': 'you signed that roster', server: 'by the server\'s word' }[vouchedBy(given, signer, root)];
    if (keyId === undefined) certificate?.says.forEach((line) => { context.say(line); });
    else {
      const holders = holdersIn(given.view, standing, platform, keyId);
      context.say(holders.length === 0 ? `no officer, person, dispatcher or log of ${platform} or below it has this key (${word})` : `this key is held by ${holders.join('; ')} (${word})`);
      context.say(reason === 'compromised' ? 'what it signed is void: running items signed by it end' : 'what was admitted before stays; nothing new that it signs counts');
    }
    context.say(`revocation ${revocation.version} of ${platform}: ${revocation.entries.length} keys${revocation.certificates === undefined ? '' : ` and ${revocation.certificates.length} certificates`}${before === undefined ? ', the first' : `, ${before.entries.length} of them ${root === undefined ? 'under your own signature' : 'under the root that you brought'}`}`);
    if (carried.entries.length > 0) context.say(`${carried.entries.length} of them were revoked by an officer who falls with this: new terminals could not read it otherwise`);
    // Tried before anything is sent, so that --dry-run and the real thing say the same.
    const envelope = await signPayload('revocation', encodePayload(revocation), signer);
    const tried = wouldFall(standing, envelope, now);
    if (tried.stranded.length > 0) throw strandedRefusal(tried.stranded);
    if (tried.falls.length > 0 && keyId !== undefined) await sayFalls(context, standing, tried, keyId);
    if (tried.falls.length > 0 && values.anyway !== true) throw unseated(tried);
    if (values['dry-run'] !== true) await context.api.post('/api/revocations', documentsAnswerSchema, { documents: [envelope], ...(tried.falls.length === 0 ? {} : { alsoFalls: tried.falls }) });
    context.give(revocation);
    return EXIT.ok;
  },
};

/** What is in force by the server's word alone: enough to say what would fall, not to sign anything again. */
function byTheServer(view: TrustView): TrustState {
  const root = trustFromRoot(view.root, { demo: rootSchema.safeParse(unverifiedPayload(view.root)).data?.demo ?? false });
  if (!root.ok) throw new CliError('ROOT_UNKNOWN', 'The server shows no root that its own keys signed');
  return trustUnder(root.value, view);
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
