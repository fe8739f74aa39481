import { dirname, extname, resolve } from 'node:path';
import { z } from 'zod';
import {
  areaIdSchema, areaViewSchema, digestSchema, draftAnswerSchema, draftSchema, messageViewSchema, segmentRoleSchema, soundViewSchema, uploadAnswerSchema,
  type AreaId, type Draft, type DraftAnswer, type MessageView,
} from '#libs/contracts';
import { messageDurationMs } from '#libs/domain';
import type { Signer } from '#libs/suites';
import { CliError, EXIT } from '../cli-error';
import { readArgs, readWord, type Command, type Context } from '../command';
import { readInput, readInputJson, writePrivate } from '../files';
import { drillMark } from '../drill-mark';
import { IN_GRACE } from '../in-grace';
import { differences } from '../says-what-was-asked';
import { decodePayload, openSigner, readMessagePayload, signPayload, type ReadMessage } from '../signing';

/**
 * A compose file is a draft as the API takes it, except that a segment may name its audio by `file` (uploaded) or by
 * `sound` (one of the sounds that every terminal already has) instead of by digest. With `speech` the text is spoken and
 * there are no segments.
 */
const composeFileSchema = draftSchema.omit({ segments: true, live: true }).extend({
  segments: z.array(z.union([
    z.strictObject({ sha256: digestSchema, role: segmentRoleSchema }),
    z.strictObject({ file: z.string(), role: segmentRoleSchema }),
    z.strictObject({ sound: z.string(), role: segmentRoleSchema.optional() }),
  ])).min(1).optional(),
}).refine(({ segments, speech }) => (segments === undefined) !== (speech === undefined), 'it sounds in one way: "segments" or "speech"');

/** GB/T 2260 and GB/T 10114: 12 digits. */
const AREA_CODE = /^[0-9]{12}$/;

const MIME: Readonly<Record<string, string>> = { '.wav': 'audio/wav', '.ogg': 'audio/ogg', '.opus': 'audio/ogg', '.webm': 'audio/webm', '.mp3': 'audio/mpeg', '.aac': 'audio/aac', '.m4a': 'audio/mp4', '.flac': 'audio/flac' };

export async function draftFrom(context: Context, file: string, permit?: string): Promise<Draft> {
  const parsed = composeFileSchema.safeParse(readInputJson(file));
  if (!parsed.success) {
    throw new CliError('COMPOSE_FILE', `${file} is not a compose file`, EXIT.usage, parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), code: issue.code, message: issue.message })));
  }
  const under = permit === undefined ? {} : { permit: readWord(digestSchema, permit, 'is not a permit\'s digest; ./clarion permit ls', 'submit FILE --permit DIGEST') };
  return resolveSegments(context, { ...parsed.data, ...under }, dirname(file));
}

async function resolveSegments(context: Context, composed: z.output<typeof composeFileSchema>, folder: string): Promise<Draft> {
  const { segments: named, ...rest } = composed;
  if (named === undefined) return rest;
  const sounds = named.some((segment) => 'sound' in segment) ? await context.api.get('/api/sounds', z.array(soundViewSchema)) : [];
  const segments: NonNullable<Draft['segments']> = [];
  for (const segment of named) {
    if ('sha256' in segment) segments.push(segment);
    else if ('file' in segment) {
      const path = resolve(folder, segment.file);
      const media = await context.api.upload('/api/media', uploadAnswerSchema, readInput(path), MIME[extname(path).toLowerCase()] ?? 'application/octet-stream');
      segments.push({ sha256: media.sha256, role: segment.role });
    } else {
      const sound = sounds.find((candidate) => candidate.id === segment.sound);
      if (sound === undefined) throw new CliError('SOUND_UNKNOWN', `No sound is called ${segment.sound}; there are: ${sounds.map((row) => row.id).join(', ')}`, EXIT.usage);
      segments.push({ sha256: sound.sha256, role: segment.role ?? sound.role });
    }
  }
  return { ...rest, segments };
}

/** What an author signs: the message, and what takes it back. */
export interface Drafted {
  readonly read: ReadMessage;
  readonly corrections: readonly ReadMessage[];
}

/** Asks for the exact payload and its consequence, and checks field by field that the bytes say what was asked for. */
export async function draft(context: Context, wanted: Draft): Promise<Drafted & { readonly answer: DraftAnswer }> {
  return checkDraft(context, wanted, await context.api.post('/api/messages/draft', draftAnswerSchema, wanted));
}

/** The same for a draft that another route made, from a template for example. */
export async function checkDraft(context: Context, wanted: Draft, answer: DraftAnswer): Promise<Drafted & { readonly answer: DraftAnswer }> {
  const read = readMessagePayload(decodePayload(answer.payload));
  const corrections = answer.corrections.map(({ payload }) => readMessagePayload(decodePayload(payload)));
  const fromStock = wanted.speech !== undefined || wanted.live !== undefined || wanted.mode === 'drill' || corrections.length > 0;
  const sounds = fromStock ? await context.api.get('/api/sounds', z.array(soundViewSchema)) : [];
  const asked = { wanted, areas: await areasOf(context, wanted), speaker: context.api.currentSession(), sounds: new Map(sounds.map((sound) => [sound.id, sound])) };
  const fields = [...differences(asked, read, corrections), ...(read.digest === answer.messageDigest ? [] : ['messageDigest'])];
  if (fields.length > 0) {
    throw new CliError('PAYLOAD_DIFFERS', 'The payload to sign does not say what was composed; nothing was signed', EXIT.refused,
      fields.map((path) => ({ path, code: 'PAYLOAD_DIFFERS', message: 'is not what was asked for' })));
  }
  return { answer, read, corrections };
}

/** The areas by id; an area code stands for every area that carries it. */
async function areasOf(context: Context, wanted: Draft): Promise<readonly AreaId[]> {
  const codes = wanted.targets.areas.filter((token) => AREA_CODE.test(token));
  const known = codes.length === 0 ? [] : await context.api.get('/api/areas', z.array(areaViewSchema));
  return wanted.targets.areas.flatMap((token) => {
    const carriers = codes.includes(token) ? known.filter((area) => area.codes.includes(token)).map((area) => area.id) : [];
    return carriers.length > 0 ? carriers : [areaIdSchema.parse(token)];
  });
}

/** Signs the message and everything that takes it back, and hands them in together. Who holds it is told what that is not. */
export async function submitSigned(context: Context, { read, corrections }: Drafted, signer: Signer, hold: boolean): Promise<MessageView> {
  if (hold) context.say('held once it is approved: no lock, for every signature is there; what must not sound before a time says so in its notBefore / 批准后暂不播发，但并非锁定：须到时才播的，请写入 notBefore');
  const message = await signPayload('message', read.payload, signer);
  const signed = await Promise.all(corrections.map(({ payload }) => signPayload('message', payload, signer)));
  return context.api.post('/api/messages', messageViewSchema, { message, corrections: signed, hold });
}

const MEETS: Readonly<Record<DraftAnswer['consequence']['meets'][number]['how'], string>> = {
  preempts: 'will interrupt', 'takes-turns': 'will take turns with', waits: 'will wait for', replaces: 'will replace',
};

/** What the bytes say, then what the platform says it would do. */
export function sayConsequence({ say }: Context, { consequence, voice }: DraftAnswer, { read: { message, digest }, corrections }: Drafted): void {
  say(`${message.class} / ${message.severity} / ${message.mode}: ${drillMark(message.mode)}${message.texts[0]?.title ?? ''}`);
  for (const { written, read } of message.readings) say(`  reads ${written} as ${read}`);
  if (voice !== null) say(`spoken by ${voice}`);
  for (const { message: correction } of corrections) say(`taken back by ${correction.corrects ?? ''}: ${correction.texts[0]?.text ?? ''}`);
  say(`to ${[...message.targets.areas, ...message.targets.terminals].join(' ')}`);
  say(`${consequence.terminals} terminals (${consequence.online} online) in ${consequence.villages} villages, ${consequence.households} households`);
  if (consequence.inGrace) say(IN_GRACE);
  if (consequence.quiet > 0) say(`quiet hours keep ${consequence.quiet} of them silent: its window has no room after them`);
  for (const { terminals, until } of consequence.postponed) say(`quiet hours put it off at ${terminals} of them until ${new Date(until).toISOString()}`);
  for (const { terminals, from } of consequence.cutShort) say(`quiet hours cut it short at ${terminals} of them: what is due from ${new Date(from).toISOString()} on is left out`);
  for (const { terminals, volume } of consequence.quieter) say(`class and hour make it quieter at ${terminals} of them: ${volume}`);
  if (consequence.isolated > 0) say(`${consequence.isolated} of them are isolated and will not play it`);
  if (consequence.isolatedStill > 0) say(`${consequence.isolatedStill} of them are isolated and play it all the same: the root lets ${message.class} sound always`);
  if (consequence.restricted > 0) say(`a restriction keeps ${consequence.restricted} of them silent, however many sign / 保障期内不响；./clarion restriction ls`);
  for (const { terminals, from } of consequence.restrictedFrom) say(`a restriction cuts it short at ${terminals} of them: what is due from ${new Date(from).toISOString()} on is left out / 保障期起不再重复`);
  if (consequence.approvalsAsked > 0) say(`a restriction asks for ${consequence.approvalsAsked} approvals in all / 保障期加签`);
  for (const met of consequence.meets) say(`${MEETS[met.how]} ${met.title} (${met.class}/${met.severity}, ${met.message}) at ${met.terminals} terminals${met.signed ? '' : ', if it is signed / 若获签发'}`);
  if (message.permit !== undefined) say(`goes out at once with your signature alone, under the permit ${message.permit} / 凭喊话授权，签名即播`);
  else say(`must sign: ${consequence.steps.map((step) => `${step.name} x${step.count}`).join(', ')} — may sign: ${consequence.mayApprove.join(' ')}`);
  say(`sounds ${Math.round(messageDurationMs(message) / 1000)} s at most, ${message.repeats} times, volume ${message.volume}, between ${new Date(message.notBefore).toISOString()} and ${new Date(message.notAfter).toISOString()}`);
  say(`digest ${digest}`);
}

/** `compose`: what would be signed and what it would do; nothing is submitted. */
export const compose: Command = {
  usage: 'compose FILE [--permit DIGEST] [--out PAYLOAD_FILE]',
  does: 'compose from a file and show the consequence, --dry-run alike / 拟稿',
  async run(args, context) {
    const { values, words } = readArgs(args, { out: { type: 'string' }, permit: { type: 'string' }, 'dry-run': { type: 'boolean' } }, { min: 1, max: 1, usage: this.usage });
    const { answer, ...drafted } = await draft(context, await draftFrom(context, words[0] ?? '', values.permit));
    sayConsequence(context, answer, drafted);
    if (values.out !== undefined) writePrivate(values.out, answer.payload);
    context.give(answer);
    return EXIT.ok;
  },
};

/** `submit`: compose, show, sign as author, hand in. `--dry-run` stops before the signature. */
export const submit: Command = {
  usage: 'submit FILE --key KEY_FILE [--passphrase-file FILE] [--permit DIGEST] [--hold] [--dry-run]',
  does: 'sign as author and submit / 提交',
  async run(args, context) {
    const { values, words } = readArgs(args, {
      key: { type: 'string' }, 'passphrase-file': { type: 'string' }, permit: { type: 'string' }, hold: { type: 'boolean' }, 'dry-run': { type: 'boolean' },
    }, { min: 1, max: 1, usage: this.usage });
    const { answer, ...drafted } = await draft(context, await draftFrom(context, words[0] ?? '', values.permit));
    sayConsequence(context, answer, drafted);
    if (values['dry-run'] === true) {
      context.give(answer.consequence);
      return EXIT.ok;
    }
    if (values.key === undefined) throw new CliError('USAGE', `Usage: ./clarion ${this.usage}`, EXIT.usage);
    const view = await submitSigned(context, drafted, await openSigner(context.config, values.key, values['passphrase-file']), values.hold === true);
    context.say(`submitted ${view.id}, state ${view.state}`);
    context.give(view);
    return EXIT.ok;
  },
};
