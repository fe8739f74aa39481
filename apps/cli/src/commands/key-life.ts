import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { keyIdSchema, keyReasonSchema, keyRequestSchema, keyRequestViewSchema, keyStandingSchema, personIdSchema, platformIdSchema, type KeyRequestView, type KeyStanding, type PlatformId } from '#libs/contracts';
import { fingerprintOf, isFingerprint, keyRequestBytes, possessionBytes, rosterWithKeys, sortRenewals, type RenewalFault } from '#libs/domain';
import { fromBase64, toBase64 } from '#libs/envelope';
import { sha256Hex, verify } from '#libs/suites';
import { openOrAsk } from '../ceremony/open-signers';
import { writeDraft } from '../ceremony/paper';
import { standingOf } from '../ceremony/standing';
import { CliError, EXIT } from '../cli-error';
import { readWord, type Context } from '../command';

const REASONS: Readonly<Record<string, string>> = { new: '新密钥', lost: '手机丢失', changed: '更换' };

/** `key request`: asks the officers of the own platform to put this key into the roster; says the fingerprint that they compare. */
export async function requestKey(context: Context, keyFile: string, { replaces, reason, passphraseFile }: { readonly replaces: string | undefined; readonly reason: string | undefined; readonly passphraseFile: string | undefined }): Promise<number> {
  const signer = await openOrAsk(context, keyFile, passphraseFile);
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
  for (const { id, request, receivedAt, refused } of requests) {
    const hours = Math.floor((context.clock.now() - receivedAt) / 3_600_000);
    context.say(`${id.slice(0, 16)} ${request.platform} ${request.person}: ${request.reason} ${REASONS[request.reason] ?? ''}, ${request.key.alg}${request.replaces === null ? '' : `, in place of ${request.replaces.slice(0, 16)}`}, ${hours} h ago`);
    if (refused !== undefined) context.say(`  turned down by ${refused.by} / 管理员不予办理: ${refused.reason}`);
  }
  if (requests.length === 0) context.say('nobody asks for a key / 没有待办申请');
  context.give({ requests });
  return EXIT.ok;
}

/** `key refuse`: an officer turns a request down; whoever asked reads the reason. Refuses REQUEST_UNKNOWN. */
export async function refuseRequest(context: Context, named: string, reason: string): Promise<number> {
  const { id, request } = requestNamed(named, await context.api.get('/api/keys/requests', z.array(keyRequestViewSchema)));
  await context.api.post(`/api/keys/requests/${id}/refusal`, z.strictObject({}), { reason });
  context.say(`turned down: ${request.person} of ${request.platform} reads why / 已告知申请人原因`);
  context.give({ id });
  return EXIT.ok;
}

const WHY: Readonly<Record<RenewalFault, string>> = {
  PERSON_UNKNOWN: 'the roster in force has no such person / 在用清单里没有这个人',
  KEY_UNKNOWN: 'the key that it should replace is no longer the person\'s: it has probably been replaced already / 要替换的旧密钥已不在清单里，多半已经换过',
  KEY_REGISTERED: 'the key stands in the roster, or was revoked there / 这把密钥已在清单里，或已被吊销',
  KEYS_FULL: 'the person has four keys: one of them must go / 此人已有四把密钥，请替换其中一把',
  REVOCATIONS_FULL: 'the roster\'s list of revoked keys is full / 吊销名单已满',
};

interface LeftOut { readonly named: string; readonly code: string; readonly why: string; readonly exit: number }

/**
 * `key grant`: drafts of the rosters that the requests ask for, one for each platform. Each request is named with the
 * digits that its person read out: a request that the server has swapped does not have them. What cannot be granted is
 * named with its reason and stops none of the others (exit 3); when nothing can be, its code is the refusal:
 * REQUEST_UNKNOWN, FINGERPRINT, FILE_EXISTS, PLATFORM_UNKNOWN or one of `rosterWithKeys`.
 */
export async function grantKeys(context: Context, named: readonly string[], out: string, root: string | undefined): Promise<number> {
  const requests = await context.api.get('/api/keys/requests', z.array(keyRequestViewSchema));
  const leftOut: LeftOut[] = [];
  const kept = <T>(words: string, make: () => T): readonly T[] => {
    try {
      return [make()];
    } catch (cause) {
      if (!(cause instanceof CliError)) throw cause;
      leftOut.push({ named: words, code: cause.code, why: cause.message, exit: cause.exit });
      return [];
    }
  };
  const chosen = named.flatMap((one) => kept(one.split('=')[0] ?? '', () => compared(one, requests)));
  const standing = await standingOf(context, { root, trust: [], askServer: true });
  mkdirSync(out, { recursive: true });
  const files = [...new Set(chosen.map(({ request }) => request.platform))].flatMap((platform) => kept(platform, (): readonly string[] => {
    const before = rosterOf(standing, platform);
    const { fit, leftOut: bad } = sortRenewals(before, chosen.filter(({ request }) => request.platform === platform).map(({ request }) => request));
    leftOut.push(...bad.map(({ renewal, code }) => ({ named: `${renewal.person} of ${platform}`, code, why: WHY[code], exit: EXIT.refused })));
    if (fit.length === 0) return [];
    const next = rosterWithKeys(before, fit, Math.trunc(context.clock.now()));
    if (!next.ok) throw new CliError(next.code, `${next.person} of ${platform}: ${WHY[next.code]}`);
    const file = join(out, `${platform}.json`);
    if (existsSync(file)) throw new CliError('FILE_EXISTS', `${file} exists; it was not written`, EXIT.usage);
    writeDraft(file, next.roster);
    context.say(`${file}: roster ${next.roster.version} of ${platform} with ${fit.length} new keys, to be signed: ./clarion roster sign ${out} --key KEY_FILE`);
    return [file];
  }).flat());
  const [first] = leftOut;
  if (files.length === 0 && first !== undefined) throw new CliError(first.code, `${first.named}: ${first.why}`, first.exit);
  for (const { named: who, code, why } of leftOut) context.say(`left out / 未列入: ${who}: ${why} (${code})`);
  context.give({ files, leftOut: leftOut.map(({ named: who, code }) => ({ named: who, code })) });
  return leftOut.length > 0 ? EXIT.partial : EXIT.ok;
}

function requestNamed(id: string, requests: readonly KeyRequestView[]): KeyRequestView {
  const found = requests.filter((one) => id.length >= 8 && one.id.startsWith(id));
  const [request] = found;
  if (request === undefined || found.length > 1) throw new CliError('REQUEST_UNKNOWN', `No open request begins with "${id}" (8 digits at least); ./clarion key requests shows them`, EXIT.usage);
  return request;
}

function compared(named: string, requests: readonly KeyRequestView[]): KeyRequestView {
  const [id = '', digits = ''] = named.split('=');
  const request = requestNamed(id, requests);
  const bytes = keyRequestBytes(request.request);
  if (!isFingerprint(sha256Hex(bytes), digits) || !verify(request.request.key, bytes, fromBase64(request.sig) ?? new Uint8Array())) {
    throw new CliError('FINGERPRINT', `These digits are not those of what the server shows for ${request.request.person} of ${request.request.platform}: either they were misread, or the server shows another key than the person has / 指纹不符，停止办理并当面核对`);
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
  const signer = await openOrAsk(context, keyFile, passphraseFile);
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
