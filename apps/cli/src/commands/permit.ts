import { z } from 'zod';
import {
  digestSchema, envelopeSchema, permitSchema, permitViewSchema, platformIdSchema, type EnvelopeShape, type Permit, type PermitView,
} from '#libs/contracts';
import { sayPermit } from '#libs/domain';
import { encodePayload, parseEnvelope, parseStrictJson } from '#libs/envelope';
import { addSignature, sha256Hex, signEnvelope } from '#libs/suites';
import { CliError, EXIT } from '../cli-error';
import { readArgs, readWord, type Command, type Context } from '../command';
import { confirm } from '../confirm';
import { readInput, writePrivate } from '../files';
import { permitFaultsOf, refuseInVain, refuseSigners, trustOfServer } from '../permit-in-vain';
import { timeWordSchema } from '../read-time';
import { openSigner } from '../signing';

const DRAFT = 'permit draft --clerk PERSON --hours HH:MM-HH:MM --seconds N --per-day N --volume BAND --from TIME --until TIME --out FILE [--platform VILLAGE]';
const SIGN = 'permit sign FILE|DIGEST --key KEY_FILE [--passphrase-file FILE] [--out FILE] [--yes]';
const USAGE = `${DRAFT}
  ${SIGN}
  permit publish FILE
  permit ls
  permit withdraw DIGEST [--reason TEXT]`;

/** `permit`: what two approvers sign in advance, so that one clerk of a village may speak there alone. */
export const permit: Command = {
  usage: USAGE,
  does: 'a village clerk speaks alone: draft, two approvers sign, publish, list, withdraw / 喊话授权',
  async run([verb, ...args], context) {
    switch (verb) {
      case 'draft': return draft(args, context);
      case 'sign': return sign(args, context);
      case 'publish': return publish(args, context);
      case 'ls': return list(args, context);
      case 'withdraw': return withdraw(args, context);
      default: throw new CliError('USAGE', `Usage: ./clarion ${USAGE}`, EXIT.usage);
    }
  },
};

const BAND = /^([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$/;
const TIME = 'is no time such as 2026-11-22T14:00+08:00';

/** Refuses PERMIT_TERMS (what no permit may say) and WOULD_BE_REFUSED (what this village's papers do not bear), each with every fault of both. */
async function draft(args: readonly string[], context: Context): Promise<number> {
  const option = { type: 'string' } as const;
  const { values } = readArgs(args, {
    clerk: option, hours: option, seconds: option, 'per-day': option, volume: option, from: option, until: option, out: option, platform: option,
  }, { min: 0, max: 0, usage: DRAFT });
  const { clerk, hours, seconds, volume, from, until, out, 'per-day': perDay } = values;
  if (clerk === undefined || hours === undefined || seconds === undefined || perDay === undefined || volume === undefined || from === undefined || until === undefined || out === undefined) {
    throw new CliError('USAGE', `Usage: ./clarion ${DRAFT}`, EXIT.usage);
  }
  const band = BAND.exec(hours)?.slice(1).map(Number) ?? [];
  const [notBefore, notAfter] = [timeWordSchema.safeParse(from), timeWordSchema.safeParse(until)].map((read) => read.data ?? NaN);
  const issuedAt = context.clock.now();
  const terms = {
    permitId: context.clock.uuid7(), platform: values.platform ?? context.api.currentSession().platform, clerk, classes: ['governance'],
    dayBand: { fromMinute: (band[0] ?? NaN) * 60 + (band[1] ?? NaN), toMinute: (band[2] ?? NaN) * 60 + (band[3] ?? NaN) },
    maxDurationMs: Number(seconds) * 1_000, perDay: Number(perDay), volume, notBefore: notBefore ?? NaN, notAfter: notAfter ?? NaN, issuedAt,
  };
  const parsed = permitSchema.safeParse(terms);
  const ofTerms = parsed.success ? [] : parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), code: issue.code, message: /^not(Before|After)$/.test(issue.path.join('.')) && issue.code === 'invalid_type' ? TIME : issue.message }));
  const platform = platformIdSchema.safeParse(terms.platform);
  const ofPapers = platform.success ? permitFaultsOf(await trustOfServer(context, platform.data), { ...terms, platform: platform.data }, issuedAt) : [];
  if (!parsed.success) {
    // The contract compares two terms only once each of them is right.
    const reversed = [
      ...(terms.dayBand.fromMinute >= terms.dayBand.toMinute ? [{ path: 'dayBand', code: 'custom', message: 'the part of the day ends before it begins' }] : []),
      ...(terms.notBefore >= terms.notAfter ? [{ path: 'notAfter', code: 'custom', message: 'it ends before it begins' }] : []),
    ].filter(({ path, code }) => !ofTerms.some((fault) => fault.path === path && fault.code === code));
    const others = ofPapers.filter(({ path }) => !ofTerms.some((fault) => fault.path === path));
    throw new CliError('PERMIT_TERMS', 'A permit is for 06:00 to 22:00, 1 to 600 seconds, 1 to 20 a day, and ends after it begins', EXIT.usage, [...ofTerms, ...reversed, ...others]);
  }
  refuseInVain(ofPapers, 'nothing was drafted');
  const bytes = encodePayload(parsed.data);
  writePrivate(out, `${new TextDecoder().decode(bytes)}\n`);
  tell(context, parsed.data, sha256Hex(bytes));
  context.say(`${out}: to be signed by two approvers, of ${parsed.data.platform} or above / 待两名签发人签署`);
  context.give({ file: out, digest: sha256Hex(bytes), permit: parsed.data });
  return EXIT.ok;
}

/** A draft, or what one approver has signed: from a file, or from the server by its digest. The terms come from the bytes to be signed. Refuses WOULD_BE_REFUSED with every fault. */
async function sign(args: readonly string[], context: Context): Promise<number> {
  const { values, words } = readArgs(args, { key: { type: 'string' }, 'passphrase-file': { type: 'string' }, out: { type: 'string' }, yes: { type: 'boolean' } }, { min: 1, max: 1, usage: SIGN });
  const [subject = ''] = words;
  if (values.key === undefined) throw new CliError('USAGE', `Usage: ./clarion ${SIGN}`, EXIT.usage);
  const isDigest = digestSchema.safeParse(subject).success;
  const given = isDigest ? await known(context, subject) : readPaper(subject);
  if (isDigest && given.digest !== subject) throw new CliError('PAYLOAD_DIFFERS', 'The server shows another permit than the one asked for; nothing was signed');
  const trust = await trustOfServer(context, given.permit.platform);
  refuseInVain(permitFaultsOf(trust, given.permit, context.clock.now()), 'nothing was signed');
  tell(context, given.permit, given.digest);
  await confirm(context, values.yes === true, 'Sign this permit? 签署这份授权？');
  const signer = await openSigner(context.config, values.key, values['passphrase-file']);
  const envelope = envelopeSchema.parse(given.envelope === undefined ? await signEnvelope('permit', given.payload, [signer]) : await addSignature(given.envelope, signer));
  refuseSigners(trust, envelope, context.clock.now());
  const file = values.out ?? (isDigest ? undefined : `${subject.replace(/(\.signed)?\.json$/, '')}.signed.json`);
  if (file !== undefined) {
    writePrivate(file, `${JSON.stringify(envelope)}\n`);
    context.say(`${file}: ${envelope.signatures.length} of 2 signatures`);
    context.give({ file, digest: given.digest, signatures: envelope.signatures.length });
    return EXIT.ok;
  }
  return post(context, envelope);
}

function publish(args: readonly string[], context: Context): Promise<number> {
  const { words } = readArgs(args, {}, { min: 1, max: 1, usage: USAGE });
  const { envelope } = readPaper(words[0] ?? '');
  if (envelope === undefined) throw new CliError('PERMIT_UNSIGNED', 'Nobody has signed it: ./clarion permit sign', EXIT.usage);
  return post(context, envelope);
}

async function post(context: Context, envelope: EnvelopeShape): Promise<number> {
  const view = await context.api.post('/api/permits', permitViewSchema, { permit: envelope });
  context.say(line(view));
  if (view.state === 'half-signed') context.say(`another approver: ./clarion permit sign ${view.digest} --key KEY_FILE / 还差一名签发人`);
  if (view.state === 'signed') context.say(`it counts once the officers list it: ./clarion roster draft ${view.permit.platform}, roster add-permit, sign, publish / 待管理员列入权责清单后生效`);
  context.give(view);
  return EXIT.ok;
}

async function list(args: readonly string[], context: Context): Promise<number> {
  readArgs(args, {}, { min: 0, max: 0, usage: USAGE });
  const views = await context.api.get('/api/permits', z.array(permitViewSchema));
  views.forEach((view) => { context.say(line(view)); });
  context.say(views.length === 0 ? 'no permits / 没有喊话授权' : `${views.length} permits`);
  context.give(views);
  return EXIT.ok;
}

async function withdraw(args: readonly string[], context: Context): Promise<number> {
  const { values, words } = readArgs(args, { reason: { type: 'string' } }, { min: 1, max: 1, usage: USAGE });
  const digest = readWord(digestSchema, words[0] ?? '', 'is not a permit\'s digest; ./clarion permit ls', USAGE);
  const view = await context.api.post(`/api/permits/${digest}/withdraw`, permitViewSchema, { reason: values.reason ?? '' });
  context.say(line(view));
  if (view.listed) context.say('Loudspeakers take it until the officers publish a roster without it: roster remove-permit / 管理员发布新的权责清单后喇叭才停用');
  context.give(view);
  return EXIT.ok;
}

interface PermitPaper {
  readonly permit: Permit;
  readonly payload: Uint8Array;
  readonly digest: string;
  readonly envelope: EnvelopeShape | undefined;
}

async function known(context: Context, digest: string): Promise<PermitPaper> {
  const view = (await context.api.get('/api/permits', z.array(permitViewSchema))).find((one) => one.digest === digest);
  if (view === undefined) throw new CliError('PERMIT_UNKNOWN', 'You see no permit of this digest; ./clarion permit ls');
  return ofEnvelope(view.envelope, digest);
}

/** A draft as `permit draft` wrote it, or a signed one. */
function readPaper(file: string): PermitPaper {
  const text = readInput(file).toString('utf8').trim();
  const payload = new TextEncoder().encode(text);
  const json = parseStrictJson(payload);
  const signed = json.ok ? envelopeSchema.safeParse(json.value) : undefined;
  if (signed?.success === true) return ofEnvelope(signed.data, file);
  const parsed = json.ok ? permitSchema.safeParse(json.value) : undefined;
  if (parsed?.success !== true) throw new CliError('PERMIT_FILE', `${file} is neither a permit's draft nor a signed one`, EXIT.usage);
  return { permit: parsed.data, payload, digest: sha256Hex(payload), envelope: undefined };
}

function ofEnvelope(envelope: EnvelopeShape, name: string): PermitPaper {
  const opened = parseEnvelope(envelope);
  const json = opened.ok && opened.envelope.payloadType === 'application/vnd.clarion.permit.v1+json' ? parseStrictJson(opened.payload) : undefined;
  const parsed = json?.ok === true ? permitSchema.safeParse(json.value) : undefined;
  if (!opened.ok || parsed?.success !== true) throw new CliError('PERMIT_FILE', `${name} holds no permit`, EXIT.usage);
  return { permit: parsed.data, payload: opened.payload, digest: sha256Hex(opened.payload), envelope };
}

function tell({ say }: Context, terms: Permit, digest: string): void {
  for (const { zh, en } of sayPermit(terms)) say(`${zh} / ${en}`);
  say(`digest ${digest}`);
}

function line({ digest, permit: { platform, clerk, perDay }, state, refusal, signedBy, leftToday }: PermitView): string {
  return `${digest}  ${state.padEnd(11)} ${clerk} of ${platform}, signed by ${signedBy.join(' ') || 'nobody'}, ${leftToday} of ${perDay} left today / 今天还剩 ${leftToday} 条${refusal === null ? '' : `, ${refusal}`}`;
}
