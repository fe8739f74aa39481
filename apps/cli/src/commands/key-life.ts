import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { keyIdSchema, keyReasonSchema, keyRequestSchema, keyRequestViewSchema, keyStandingSchema, personIdSchema, platformIdSchema, type KeyRequestView, type KeyStanding, type PlatformId } from '#libs/contracts';
import { fingerprintOf, isFingerprint, keyRequestBytes, possessionBytes, rosterWithKeys } from '#libs/domain';
import { fromBase64, toBase64 } from '#libs/envelope';
import { sha256Hex, verify } from '#libs/suites';
import { writeDraft } from '../ceremony/paper';
import { standingOf } from '../ceremony/standing';
import { CliError, EXIT } from '../cli-error';
import { readWord, type Context } from '../command';
import { openSigner } from '../signing';

const REASONS: Readonly<Record<string, string>> = { new: '新密钥', lost: '手机丢失', changed: '更换' };

/** `key request`: asks the officers of the own platform to put this key into the roster; says the fingerprint that they compare. */
export async function requestKey(context: Context, keyFile: string, { replaces, reason, passphraseFile }: { readonly replaces: string | undefined; readonly reason: string | undefined; readonly passphraseFile: string | undefined }): Promise<number> {
  const signer = await openSigner(context.config, keyFile, passphraseFile);
  const { platform, person } = context.api.currentSession();
  const given = keyRequestSchema.safeParse({
    platform, person, key: signer.key, replaces: replaces === undefined ? null : readWord(keyIdSchema, replaces, 'is no key id (64 digits)', 'key request'),
    reason: readWord(keyReasonSchema, reason ?? (replaces === undefined ? 'new' : 'changed'), `is no reason; there are: ${keyReasonSchema.options.join(', ')}`, 'key request'), madeAt: Math.trunc(context.clock.now()),
  });
  if (!given.success) throw new CliError('USAGE', '--replaces KEY_ID goes with --reason lost or changed, and with no other', EXIT.usage);
  const request = given.data;
  const view = await context.api.post('/api/keys/requests', keyRequestViewSchema, { request, sig: toBase64(await signer.sign(keyRequestBytes(request))) });
  const fingerprint = fingerprintOf(sha256Hex(keyRequestBytes(request)));
  context.say(`asked for; kept until ${new Date(view.expiresAt).toISOString().slice(0, 10)}. Tell an officer, from mouth to ear / 请当面或电话告诉密钥管理员：\n  ${fingerprint.join(' ')}`);
  context.give({ id: view.id, fingerprint });
  return EXIT.ok;
}

/** `key requests`: what was asked for, as the server tells it: nothing of it is proved but that the key's holder asked. */
export async function listRequests(context: Context): Promise<number> {
  const requests = await context.api.get('/api/keys/requests', z.array(keyRequestViewSchema));
  for (const { id, request, receivedAt } of requests) {
    const hours = Math.floor((context.clock.now() - receivedAt) / 3_600_000);
    context.say(`${id.slice(0, 16)} ${request.platform} ${request.person}: ${request.reason} ${REASONS[request.reason] ?? ''}, ${request.key.alg}${request.replaces === null ? '' : `, in place of ${request.replaces.slice(0, 16)}`}, ${hours} h ago`);
  }
  if (requests.length === 0) context.say('nobody asks for a key / 没有待办申请');
  context.give({ requests });
  return EXIT.ok;
}

/**
 * `key grant`: drafts of the rosters that the requests ask for, one for each platform. Each request is named with the
 * digits that its person read out: a request that the server has swapped does not have them. Refuses REQUEST_UNKNOWN, FINGERPRINT.
 */
export async function grantKeys(context: Context, named: readonly string[], out: string, root: string | undefined): Promise<number> {
  const requests = await context.api.get('/api/keys/requests', z.array(keyRequestViewSchema));
  const chosen = named.map((one) => compared(one, requests));
  const standing = await standingOf(context, { root, trust: [], askServer: true });
  mkdirSync(out, { recursive: true });
  const files: string[] = [];
  for (const platform of new Set(chosen.map(({ request }) => request.platform))) {
    const before = rosterOf(standing, platform);
    const renewals = chosen.filter(({ request }) => request.platform === platform).map(({ request }) => request);
    const next = rosterWithKeys(before, renewals, Math.trunc(context.clock.now()));
    if (!next.ok) throw new CliError(next.code, `${next.person} of ${platform}: the roster in force does not allow it`);
    const file = join(out, `${platform}.json`);
    if (existsSync(file)) throw new CliError('FILE_EXISTS', `${file} exists; nothing more was written`, EXIT.usage);
    writeDraft(file, next.roster);
    files.push(file);
    context.say(`${file}: roster ${next.roster.version} of ${platform} with ${renewals.length} new keys, to be signed: ./clarion roster sign ${out} --key KEY_FILE`);
  }
  context.give({ files });
  return EXIT.ok;
}

function compared(named: string, requests: readonly KeyRequestView[]): KeyRequestView {
  const [id = '', digits = ''] = named.split('=');
  const found = requests.filter((one) => id.length >= 8 && one.id.startsWith(id));
  const [request] = found;
  if (request === undefined || found.length > 1) throw new CliError('REQUEST_UNKNOWN', `No request begins with "${id}" (8 digits at least); ./clarion key requests shows them`, EXIT.usage);
  const bytes = keyRequestBytes(request.request);
  if (!isFingerprint(sha256Hex(bytes), digits) || !verify(request.request.key, bytes, fromBase64(request.sig) ?? new Uint8Array())) {
    throw new CliError('FINGERPRINT', `These digits are not those of what the server shows for ${request.request.person}: either they were misread, or the server shows another key than the person has / 指纹不符，停止办理并当面核对`);
  }
  return request;
}

function rosterOf(standing: Awaited<ReturnType<typeof standingOf>>, platform: PlatformId) {
  const held = standing.trust?.rosters.get(platform)?.value;
  const [newest] = standing.papers.flatMap((paper) => (paper.word === 'roster' && paper.value.platform === platform ? [paper.value] : [])).sort((a, b) => b.version - a.version);
  const roster = held ?? newest;
  if (roster === undefined) throw new CliError('PLATFORM_UNKNOWN', `No roster of ${platform} is known here`);
  return roster;
}

/** `key prove`: shows, once a month, that one still has one's key. */
export async function proveKey(context: Context, keyFile: string, passphraseFile: string | undefined): Promise<number> {
  const signer = await openSigner(context.config, keyFile, passphraseFile);
  const session = context.api.currentSession();
  const [platform, person] = [platformIdSchema.parse(session.platform), personIdSchema.parse(session.person)];
  const keyId = keyIdSchema.parse(signer.key.keyId);
  const { challenge } = await context.api.challenge();
  const sig = toBase64(await signer.sign(possessionBytes({ platform, person, keyId, challenge })));
  const keys = await context.api.post('/api/keys/possession', z.array(keyStandingSchema), { keyId, challenge, sig });
  sayKeys(context, keys);
  context.give({ keys });
  return EXIT.ok;
}

function sayKeys(context: Context, keys: readonly KeyStanding[]): void {
  for (const { keyId, alg, state, dueAt } of keys) context.say(`${keyId.slice(0, 16)} ${alg}: ${state}${dueAt === null ? '' : `, next ${new Date(dueAt).toISOString().slice(0, 10)}`}`);
}
