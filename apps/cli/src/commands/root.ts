import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { classSchema, platformIdSchema, profileSchema, rootSchema, softwareAlgSchema, type KeyRecord, type Root } from '#libs/contracts';
import { allowsSuite, SUITE_OF_PROFILE } from '#libs/domain';
import { applyDocument, trustFromRoot, type TrustState } from '#libs/trust';
import { makeKey, newPassphrase, readPublicKey, refuseNowhere } from '../ceremony/new-key';
import { sayTime } from '../ceremony/in-vain';
import { openSigners } from '../ceremony/open-signers';
import { readPapers, signedFile, titleOf, writeDraft, type Paper, type PaperOf } from '../ceremony/paper';
import { publishPapers } from '../ceremony/publish-papers';
import { allComplete, signPapers } from '../ceremony/sign-papers';
import { saySigned, signaturesOn, wantedFor } from '../ceremony/signatures';
import { standingOf } from '../ceremony/standing';
import { sayDigest, tellPaper } from '../ceremony/tell-paper';
import { CliError, EXIT } from '../cli-error';
import { readArgs, readWord, type Command, type Context } from '../command';
import { rootOf } from '../district/documents';

const DAY = 86_400_000;
const USAGE = `root init --out FILE.key.json [--alg ed25519|es256|sm2-sm3] [--passphrase-file FILE]
  root init --rehearsal --out FOLDER [--passphrase-file FILE]      (three keys in one place: for a rehearsal, never for a district)
  root draft --district PLATFORM --public KEY --public KEY --public KEY --out FILE [--threshold 2] [--grace-days 180] [--always-sounds emergency] [--days 400] [--profile open|gm] [--demo]
  root sign PAPER --key KEY_FILE... [--passphrase-file FILE]... [--from ROOT] [--out FILE] [--yes]
  root rotate --from ROOT --out FILE [--public KEY]... [--remove KEY_ID]... [--threshold N] [--grace-days N] [--always-sounds CLASSES] [--days 400]
  root verify ROOT... [--district PLATFORM]                        (several: one after the other, as a terminal walks them)
  root publish PAPER [CHARTER|FOLDER]... [--dry-run] [--anyway]`;
const OPTIONS = {
  out: { type: 'string' }, alg: { type: 'string' }, 'passphrase-file': { type: 'string', multiple: true }, rehearsal: { type: 'boolean' }, district: { type: 'string' },
  public: { type: 'string', multiple: true }, remove: { type: 'string', multiple: true }, threshold: { type: 'string' }, 'grace-days': { type: 'string' }, 'always-sounds': { type: 'string' },
  days: { type: 'string' }, profile: { type: 'string' }, demo: { type: 'boolean' }, from: { type: 'string' }, key: { type: 'string', multiple: true }, yes: { type: 'boolean' }, 'dry-run': { type: 'boolean' }, anyway: { type: 'boolean' },
} as const;
type Values = ReturnType<typeof readArgs<typeof OPTIONS>>['values'];

/** `root`: the district's anchor, made by three persons at a table. Nothing but `publish` asks a server. */
export const root: Command = {
  usage: USAGE,
  does: 'the anchor of a district: 2 of 3 keys, offline / 根密钥仪式（三人保管，两人签名，离线）',
  async run(args, context) {
    const { values, words: [verb = '', ...files] } = readArgs(args, OPTIONS, { min: 1, max: 60, usage: USAGE });
    switch (verb) {
      case 'init': return init(context, values);
      case 'draft': return draft(context, values);
      case 'rotate': return rotate(context, values);
      case 'sign': return sign(context, files, values);
      case 'verify': return verify(context, files, values);
      case 'publish': return publish(context, files, values);
      default: throw misused(`"${verb}" is nothing that root does; there are: init, draft, sign, rotate, verify, publish`);
    }
  },
};

async function init(context: Context, { out, alg, rehearsal, 'passphrase-file': files = [] }: Values): Promise<number> {
  if (out === undefined) throw misused('Say where: --out FILE');
  const kind = readWord(softwareAlgSchema, alg ?? SUITE_OF_PROFILE[context.config.profile], `is no kind of key; there are: ${softwareAlgSchema.options.join(', ')}`, USAGE);
  const passphrase = await newPassphrase(context, files[0]);
  const made = [];
  if (rehearsal !== true) refuseNowhere(out);
  for (const file of rehearsal === true ? ['1', '2', '3'].map((holder) => join(out, `root-${holder}.key.json`)) : [out]) made.push(await makeKey(context, file, kind, passphrase));
  if (rehearsal === true) context.say('REHEARSAL 演练 — three root keys in one place are one thing to steal: never start a district with them');
  context.give({ keys: made });
  return EXIT.ok;
}

function draft(context: Context, values: Values): number {
  if (values.out === undefined || values.district === undefined) throw misused('Say whose and where: --district PLATFORM --out FILE');
  const keys = (values.public ?? []).map(readPublicKey);
  if (keys.length < 3) throw misused('A root stands on three public keys, so that one may be lost: --public KEY, once for each');
  const profile = readWord(profileSchema, values.profile ?? context.config.profile, `is no profile; there are: ${profileSchema.options.join(', ')}`, USAGE);
  const id = readWord(platformIdSchema, values.district, 'is not a platform id', USAGE);
  return write(context, values.out, { ...rootOf({ id }, keys, { demo: values.demo === true, profile }, context.clock.now()), ...settings(values, context.clock.now()) });
}

/** N + 1: what is not named stays as it is. */
function rotate(context: Context, values: Values): number {
  if (values.from === undefined || values.out === undefined) throw misused('From which root, and where? --from ROOT --out FILE');
  const [before] = rootsIn([values.from]);
  if (before === undefined) throw misused('--from names a root');
  const removed = (values.remove ?? []).map((part) => keyNamed(before.value.keys, part));
  const kept = before.value.keys.filter((key) => !removed.includes(key));
  const issuedAt = Math.max(context.clock.now(), before.value.issuedAt);
  const code = write(context, values.out, { ...before.value, keys: [...kept, ...(values.public ?? []).map(readPublicKey)], version: before.value.version + 1, issuedAt, ...settings(values, issuedAt) });
  if (kept.length < before.value.threshold) {
    context.say(`Only ${kept.length} keys stay: the district's charter must be signed anew by ${before.value.threshold} old and by new keys, and published before this root or with it, or every platform falls silent / 须同时重签区县授权证`);
  } else if (removed.length > 0) {
    context.say(`The district's charter stays in force only if ${before.value.threshold} of the ${kept.length} keys that stay have signed it; otherwise sign it anew first (./clarion charter draft, sign)`);
  }
  return code;
}

async function sign(context: Context, files: readonly string[], values: Values): Promise<number> {
  const [file] = files;
  if (file === undefined || files.length > 1 || values.key === undefined) throw misused('Which root, with whose key? root sign PAPER --key KEY_FILE');
  const papers = readPapers('root', file);
  const standing = await standingOf(context, { root: values.from, trust: [], askServer: false });
  const signers = await openSigners(context, values.key, values['passphrase-file'] ?? []);
  const done = await signPapers(context, papers, { signers, standing, out: values.out, yes: values.yes === true });
  context.give({ papers: done.map(({ file: to, paper, signed, marked }) => ({ file: to, paper: titleOf(paper), digest: paper.digest, marked, signed: signed.map(({ group, by, threshold, missing }) => ({ group, by, threshold, missing })) })) });
  return allComplete(done) ? EXIT.ok : EXIT.partial;
}

/** What holds and what lacks, as a terminal would find it. Exit code 4 where a root is refused, 3 where only signatures are missing or the last one has ended. */
async function verify(context: Context, files: readonly string[], values: Values): Promise<number> {
  const roots = rootsIn(files);
  const said: { readonly file: string; readonly version: number; readonly digest: string; readonly code: string; readonly expiresAt: number; readonly missing: number }[] = [];
  let trust: TrustState | undefined;
  for (const [at, paper] of roots.entries()) {
    const outcome: ReturnType<typeof trustFromRoot> = trust === undefined ? trustFromRoot(paper.envelope, { demo: paper.value.demo }) : applyDocument(trust, paper.envelope, null);
    const wanted = wantedFor(paper, { trust, papers: roots.slice(0, at), revocations: [] }, []) ?? [];
    const signed = signaturesOn(paper, wanted);
    const other = values.district !== undefined && paper.value.district !== values.district;
    const code = paper.envelope === undefined ? 'NOT_SIGNED' : !outcome.ok ? outcome.code : other ? 'REJ_LINEAGE' : 'ok';
    const days = Math.floor((paper.value.expiresAt - context.clock.now()) / DAY);
    context.say([
      `${titleOf(paper)}${paper.value.demo ? ' DEMO 演示' : ''}: ${code === 'ok' ? 'holds / 有效' : `does not hold: ${code}${outcome.ok || outcome.at === undefined ? '' : ` at ${outcome.at}`} / 无效`}`,
      ...tellPaper(paper, undefined).lines.slice(2, -2), ...signed.map((group) => `  ${saySigned(group)}`),
      ...(paper.value.version > 1 && trust === undefined ? ['  it stands alone here: whether the root before it agreed, only `root verify OLD NEW` says'] : []),
      days >= 0 ? `  valid for ${days} more days` : `  EXPIRED ${-days} days ago / 已过期`, ...sayDigest(paper.digest),
    ].join('\n'));
    said.push({ file: paper.file, version: paper.value.version, digest: paper.digest, code, expiresAt: paper.value.expiresAt, missing: signed.reduce((sum, { missing }) => sum + missing, 0) });
    if (!outcome.ok || other) break;
    trust = outcome.value;
  }
  context.give({ roots: said, holds: said.length === roots.length && said.every(({ code }) => code === 'ok') });
  const bad = said.filter(({ code }) => code !== 'ok');
  const isOver = (said.at(-1)?.expiresAt ?? 0) <= context.clock.now();
  return bad.length === 0 ? (isOver ? EXIT.partial : EXIT.ok) : bad.every(({ code, missing }) => (code === 'NOT_SIGNED' || code === 'REJ_THRESHOLD') && missing > 0) ? EXIT.partial : EXIT.refused;
}

async function publish(context: Context, files: readonly string[], values: Values): Promise<number> {
  if (files.length === 0) throw misused('Which root?');
  const [first = '', ...others] = files;
  const papers = [...readPapers('root', first), ...others.flatMap((path) => readPapers('charter', path))];
  const standing = await standingOf(context, { root: values.from, trust: [], askServer: true });
  context.give(await publishPapers(context, { papers, standing, anyway: values.anyway === true, dryRun: values['dry-run'] === true }));
  return EXIT.ok;
}

function settings(values: Values, issuedAt: number): Partial<Root> {
  const days = count(values.days, '--days', 3_650, 1) ?? 400;
  const [threshold, graceDays] = [count(values.threshold, '--threshold', 9), count(values['grace-days'], '--grace-days', 366)];
  const always = values['always-sounds'];
  return {
    expiresAt: issuedAt + days * DAY, ...(threshold === undefined ? {} : { threshold }), ...(graceDays === undefined ? {} : { graceDays }),
    ...(always === undefined ? {} : { alwaysSounds: always === 'none' ? [] : always.split(',').map((one) => readWord(classSchema, one, `is no class; there are: ${classSchema.options.join(', ')}`, USAGE)) }),
  };
}

function count(word: string | undefined, option: string, most: number, least = 0): number | undefined {
  if (word === undefined) return undefined;
  const value = Number(word);
  if (!/^\d+$/.test(word) || value > most || value < least) throw misused(`${option} is a whole number from ${least} to ${most}`);
  return value;
}

/** Refuses what every verifier would, before anybody signs it. */
function write(context: Context, file: string, wanted: Root): number {
  const value = rootSchema.parse(wanted);
  if (existsSync(file) || existsSync(signedFile(file))) throw new CliError('FILE_EXISTS', `${file} or its signed form exists; nothing was written`, EXIT.usage);
  if (value.threshold < 2 || value.threshold > value.keys.length) throw misused(`A threshold of ${value.threshold} of ${value.keys.length} keys: at least 2, and no more than there are`);
  if (new Set(value.keys.map(({ keyId }) => keyId)).size < value.keys.length) throw misused('A key stands in it twice');
  const foreign = value.keys.find(({ alg }) => !allowsSuite(value.profile, alg));
  if (foreign !== undefined) throw misused(`Profile ${value.profile} takes no key of ${foreign.alg}`);
  writeDraft(file, value);
  context.say(`${file}: root ${value.version} of ${value.district}, ${value.threshold} of ${value.keys.length} keys, from ${sayTime(value.issuedAt)} to ${sayTime(value.expiresAt)} by this machine's clock, to be signed`);
  context.give({ file, version: value.version });
  return EXIT.ok;
}

function rootsIn(files: readonly string[]): readonly PaperOf<'root'>[] {
  if (files.length === 0) throw misused('Which root?');
  return files.flatMap((file) => readPapers('root', file)).flatMap((paper: Paper) => (paper.word === 'root' ? [paper] : []));
}

function keyNamed(keys: readonly KeyRecord[], part: string): KeyRecord {
  const found = keys.filter(({ keyId }) => keyId.startsWith(part));
  const [key] = found;
  if (key === undefined || found.length > 1 || part.length < 8) throw new CliError('KEY_UNKNOWN', `"${part}" begins no key of this root, or too many; there are: ${keys.map(({ keyId }) => keyId.slice(0, 16)).join(', ')}`, EXIT.usage);
  return key;
}

function misused(sentence: string): CliError {
  return new CliError('USAGE', `${sentence}\nUsage: ./clarion ${USAGE}`, EXIT.usage);
}
