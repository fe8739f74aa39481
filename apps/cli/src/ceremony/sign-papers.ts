import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { addSignature, signEnvelope, type Signer } from '#libs/suites';
import { CliError, EXIT } from '../cli-error';
import type { Context } from '../command';
import { confirm } from '../confirm';
import { writeLasting } from '../files';
import { inVain, sayClock } from './in-vain';
import { joined, platformOf, signedFile, titleOf, withEnvelope, type Paper } from './paper';
import { isComplete, saySigned, signaturesOn, wantedFor, type Signed, type Wanted } from './signatures';
import { beforeOf, charterOf, type Standing } from './standing';
import { tellPaper, type Told } from './tell-paper';

export interface SignOptions {
  readonly signers: readonly Signer[];
  readonly standing: Standing;
  /** Where signed papers go; beside their drafts without it. */
  readonly out: string | undefined;
  readonly yes: boolean;
}

/** One paper with those of the signers who may sign it and have not yet. */
interface Turn {
  readonly paper: Paper;
  readonly wanted: readonly Wanted[];
  readonly by: readonly Signer[];
  readonly told: Told;
  /** Where its signed form goes. */
  readonly file: string;
}

export interface SignedPaper { readonly file: string; readonly paper: Paper; readonly signed: readonly Signed[]; readonly marked: number }

/**
 * Shows every paper in plain words, asks once, and adds the signatures. Of many papers those are passed over that these
 * keys have nothing to do with. Signatures that lie where the signed form goes are kept. Refuses NOT_A_SIGNATORY (no paper
 * wants any of the keys), AUTHORITY_UNKNOWN (nobody said who must sign), SIGNED_ALREADY (all keys have signed, or one was
 * brought twice), PAPER_CHANGED (another paper lies there), WOULD_BE_REFUSED and PAPER_OVER (nobody would take it, whoever
 * signs), NOT_CONFIRMED; then nothing was signed.
 */
export async function signPapers(context: Context, papers: readonly Paper[], options: SignOptions): Promise<readonly SignedPaper[]> {
  const twin = options.signers.find(({ key }, at) => options.signers.findIndex((other) => other.key.keyId === key.keyId) < at);
  if (twin !== undefined) throw new CliError('SIGNED_ALREADY', `The key ${twin.key.keyId.slice(0, 16)} was brought twice, and one key signs once; nothing was signed / 同一密钥不能签两次`, EXIT.refused);
  const turns = papers.map((paper) => turnOf(paper, papers, options));
  const mine = turns.filter(({ by }) => by.length > 0);
  if (mine.length === 0) throw nothingToSign(turns, options);
  for (const { paper } of mine) inVain(paper, options.standing.trust, context.clock.now());
  for (const { told, paper } of mine) [...told.lines, ...sayClock(paper, context.clock.now())].forEach((line) => { context.say(line); });
  const passed = turns.length - mine.length;
  if (passed > 0) context.say(`${passed} other papers are not for ${options.signers.length === 1 ? 'this key' : 'these keys'}, or carry its signature already`);
  const marked = mine.reduce((sum, { told }) => sum + told.marked, 0);
  await confirm(context, options.yes, `Sign ${mine.length === 1 ? 'this' : `these ${mine.length} papers`}${marked === 0 ? '' : `, with ${marked} things marked ‼ that weaken / 其中 ${marked} 处放宽`}? 签署？`);
  const done: SignedPaper[] = [];
  for (const turn of mine) done.push(await sign(turn));
  for (const { file, paper, signed } of done) context.say([`${titleOf(paper)} -> ${file}`, ...signed.map((group) => `  ${saySigned(group)}`)].join('\n'));
  return done;
}

function turnOf(given: Paper, papers: readonly Paper[], { signers, standing, out }: SignOptions): Turn {
  const file = out === undefined ? signedFile(given.file) : out.endsWith('.json') && statSync(out, { throwIfNoEntry: false })?.isDirectory() !== true ? out : join(out, basename(signedFile(given.file)));
  const paper = joined(given, file);
  const wanted = wantedFor(paper, standing, papers);
  if (wanted === undefined) {
    throw new CliError('AUTHORITY_UNKNOWN', `Nobody says who must sign ${titleOf(paper)}: bring ${paper.word === 'root' ? 'the root before it' : 'the document above it'} with --root FILE or --trust FILE|FOLDER`, EXIT.usage);
  }
  const by = signers.filter(({ key }) => wanted.some(({ signatories }) => signatories.some((one) => one.key.keyId === key.keyId)) && paper.envelope?.signatures.some(({ keyid }) => keyid === key.keyId) !== true);
  return { paper, wanted, by, told: tellPaper(paper, beforeOf(standing, paper, by), charterOf(standing, papers, platformOf(paper))?.tier), file };
}

async function sign({ paper, wanted, by, told, file }: Turn): Promise<SignedPaper> {
  const [first, ...others] = by;
  if (first === undefined) throw new CliError('NOT_A_SIGNATORY', 'Nobody signs');
  let envelope = paper.envelope === undefined ? await signEnvelope(paper.word, paper.payload, [first]) : await addSignature(paper.envelope, first);
  for (const signer of others) envelope = await addSignature(envelope, signer);
  const signedOne = withEnvelope(paper, envelope);
  writeLasting(file, JSON.stringify(envelope));
  return { file, paper: signedOne, signed: signaturesOn(signedOne, wanted), marked: told.marked };
}

function nothingToSign(turns: readonly Turn[], { signers }: SignOptions): CliError {
  const names = signers.map(({ key }) => key.keyId.slice(0, 16)).join(', ');
  const already = turns.filter(({ paper }) => signers.some(({ key }) => paper.envelope?.signatures.some(({ keyid }) => keyid === key.keyId)));
  if (already.length > 0) return new CliError('SIGNED_ALREADY', `${already.map(({ paper }) => titleOf(paper)).join(', ')}: signed with ${names} already`, EXIT.refused);
  const [first] = turns;
  const may = first?.wanted.map(({ group, signatories }) => `${group}: ${signatories.map(({ who, key }) => `${who} ${key.keyId.slice(0, 16)}`).join(', ')}`).join('; ') ?? '';
  return new CliError('NOT_A_SIGNATORY', `The key ${names} has no part in ${turns.length === 1 && first !== undefined ? titleOf(first.paper) : `any of ${turns.length} papers`}. It is for ${may}. Officers sign with their officer's key file, not with the one for messages / 须用管理员密钥文件`);
}

/** Whether every paper has all that it wants. */
export function allComplete(papers: readonly SignedPaper[]): boolean {
  return papers.every(({ signed }) => isComplete(signed));
}
