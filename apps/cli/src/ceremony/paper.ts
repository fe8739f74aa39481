import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { charterSchema, rootSchema, rosterSchema, type PlatformId } from '#libs/contracts';
import type { ComparedDocument, ComparedWord } from '#libs/domain';
import { encodePayload, parseEnvelope, parseStrictJson, wordOf, type Envelope } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';
import type { z } from 'zod';
import { CliError, EXIT } from '../cli-error';
import { readInput, writePrivate } from '../files';
import { fromDraft, toDraft } from './draft-form';

/** A document on its way to being in force: a draft without a signature, or an envelope with some. */
export interface PaperOf<W extends ComparedWord> {
  readonly word: W;
  readonly value: ComparedDocument[W];
  /** Exactly what is signed. */
  readonly payload: Uint8Array;
  /** SHA-256 of the payload: what people at a table read to each other. */
  readonly digest: string;
  /** Undefined while nobody has signed. */
  readonly envelope: Envelope | undefined;
  readonly file: string;
}
export type Paper = { readonly [W in ComparedWord]: PaperOf<W> }[ComparedWord];
export type PaperWord = ComparedWord;

export const PAPER_WORDS: readonly PaperWord[] = ['root', 'charter', 'roster'];
const SCHEMAS: { readonly [W in PaperWord]: z.ZodType<ComparedDocument[W]> } = { root: rootSchema, charter: charterSchema, roster: rosterSchema };
const SIGNED = '.signed.json';
const MOST_BYTES = 262_144;

/**
 * One paper from a file: an envelope, or a draft as `toDraft` writes it, whose kind is told by its fields. Refuses
 * PAPER_FILE with every field at fault; a name twice in one object counts as a fault, for two programs could read it differently.
 */
export function readPaper(file: string): Paper {
  const bytes = readInput(file);
  const json = parseStrictJson(bytes, { maxBytes: MOST_BYTES, maxDepth: 16 });
  if (!json.ok) throw new CliError('PAPER_FILE', `${file} cannot be read (${json.code})`, EXIT.usage);
  if (typeof json.value === 'object' && json.value !== null && 'payloadType' in json.value) return signedPaper(file, json.value);
  const draft = fromDraft(json.value);
  for (const word of PAPER_WORDS) if (looksLike(draft, word)) return paperOf(word, draft, undefined, undefined, file);
  throw new CliError('PAPER_FILE', `${file} is no root, charter or roster`, EXIT.usage);
}

/** A paper out of an envelope that was handed over in memory. */
export function signedPaper(file: string, value: unknown): Paper {
  const parsed = parseEnvelope(value);
  const word = parsed.ok ? PAPER_WORDS.find((one) => one === wordOf(parsed.envelope.payloadType)) : undefined;
  const json = parsed.ok ? parseStrictJson(parsed.payload) : undefined;
  if (!parsed.ok || word === undefined || json?.ok !== true) throw new CliError('PAPER_FILE', `${file} holds no envelope of a root, charter or roster`, EXIT.usage);
  return paperOf(word, json.value, parsed.envelope, parsed.payload, file);
}

/** The same paper with another envelope around it. */
export function withEnvelope(paper: Paper, envelope: Envelope | undefined): Paper {
  return { ...paper, envelope };
}

/**
 * The paper with the signatures that lie in `file` already: two people may sign copies of one draft, and neither loses
 * the other's signature. Refuses PAPER_CHANGED where another paper lies there.
 */
export function joined(paper: Paper, file: string): Paper {
  if (file === paper.file || !existsSync(file)) return paper;
  const lying = readPaper(file);
  if (lying.digest !== paper.digest) throw new CliError('PAPER_CHANGED', `${file} holds another paper than ${paper.file}; nothing was written. Give another --out, or remove it`);
  if (paper.envelope === undefined || lying.envelope === undefined) return withEnvelope(paper, lying.envelope ?? paper.envelope);
  const { signatures } = paper.envelope;
  return withEnvelope(paper, { ...paper.envelope, signatures: [...signatures, ...lying.envelope.signatures.filter(({ keyid }) => !signatures.some((one) => one.keyid === keyid))] });
}

/** A paper that exists in memory only, from a value of its contract. */
export function draftPaper<W extends PaperWord>(word: W, value: ComparedDocument[W], file: string): Paper {
  return paperOf(word, value, undefined, undefined, file);
}

export function platformOf(paper: Paper): PlatformId {
  return paper.word === 'root' ? paper.value.district : paper.value.platform;
}

export function titleOf(paper: Paper): string {
  return `${paper.word} ${paper.value.version} of ${platformOf(paper)}`;
}

/** Where the signed form of a draft is kept: beside it. */
export function signedFile(file: string): string {
  return file.endsWith(SIGNED) ? file : file.replace(/(\.draft)?\.json$/, '') + SIGNED;
}

/**
 * The papers of one kind that a path means: a file; a folder of them; or the folder of a district's papers, which has
 * them in `to-sign`. Of a draft and its signed form the signed one; both must be the same document (PAPER_CHANGED).
 * `also`: other kinds that may lie there.
 */
export function readPapers(word: PaperWord, path: string, also: readonly PaperWord[] = []): readonly Paper[] {
  const papers = filesOf(word, path).map((file) => readPaper(file));
  const other = papers.find((paper) => paper.word !== word && !also.includes(paper.word));
  if (other !== undefined) throw new CliError('PAPER_KIND', `${other.file} is a ${other.word}, not a ${word}`, EXIT.usage);
  const bySigned = new Map<string, Paper>();
  for (const paper of papers) {
    const known = bySigned.get(signedFile(paper.file));
    if (known !== undefined && known.digest !== paper.digest) throw new CliError('PAPER_CHANGED', `${known.file} and ${paper.file} are not the same document any more: somebody changed the draft after it was signed. Remove the signed one to begin anew`);
    if (known?.envelope === undefined) bySigned.set(signedFile(paper.file), paper);
  }
  return [...bySigned.values()];
}

function filesOf(word: PaperWord, path: string): readonly string[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new CliError('PAPER_FILE', `There is no file or folder ${path} / 没有这个文件`, EXIT.usage);
  // Whoever names the draft means the paper that others have signed already, where there is one.
  if (!stat.isDirectory()) return signedFile(path) !== path && existsSync(signedFile(path)) ? [path, signedFile(path)] : [path];
  const inside = join(path, 'to-sign', `${word}s`);
  const folder = existsSync(inside) ? inside : path;
  const files = readdirSync(folder).filter((name) => name.endsWith('.json')).sort().map((name) => join(folder, name));
  if (files.length === 0) throw new CliError('PAPER_FILE', `${folder} holds no papers`, EXIT.usage);
  return files;
}

export function writeDraft(file: string, value: object): void {
  writePrivate(file, toDraft(value));
}

/** Whether it has the fields of this kind; whether they hold what they should, `paperOf` says with every fault. */
function looksLike(value: unknown, word: PaperWord): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const marks: Readonly<Record<PaperWord, readonly string[]>> = { root: ['district', 'graceDays'], charter: ['platform', 'officers'], roster: ['platform', 'persons'] };
  return marks[word].every((name) => name in value);
}

function paperOf(word: PaperWord, json: unknown, envelope: Envelope | undefined, signed: Uint8Array | undefined, file: string): Paper {
  const make = <W extends PaperWord>(kind: W): PaperOf<W> => {
    const parsed = SCHEMAS[kind].safeParse(json);
    if (!parsed.success) {
      throw new CliError('PAPER_FILE', `${file} is not a ${kind} as the contract has it`, EXIT.usage, parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), code: issue.code, message: issue.message })));
    }
    const payload = signed ?? encodePayload(parsed.data);
    return { word: kind, value: parsed.data, payload, digest: sha256Hex(payload), envelope, file };
  };
  switch (word) {
    case 'root': return make('root');
    case 'charter': return make('charter');
    case 'roster': return make('roster');
  }
}
