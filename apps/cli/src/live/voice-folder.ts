import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { liveEvidenceSchema, type LiveEvidence } from '#libs/contracts';
import { sha256Hex } from '#libs/suites';
import { CliError, EXIT } from '../cli-error';
import { readInput, writeReadable } from '../files';

/** The files of an exported voice. `SHA256SUMS` is for `sha256sum -c`: it finds what a disk has spoiled, and proves nothing by itself. */
export const VOICE_FILES = { blocks: 'voice.clr', evidence: 'evidence.json', ogg: 'voice.ogg', sums: 'SHA256SUMS' } as const;
const SUMMED = [VOICE_FILES.blocks, VOICE_FILES.evidence, VOICE_FILES.ogg];

export interface VoiceFolder {
  readonly blocks: Uint8Array;
  readonly evidence: LiveEvidence;
  readonly ogg: Uint8Array;
}

/** A folder that is empty afterwards, its owner's alone when it is new. Refuses (usage) one that holds anything: FILE_EXISTS. */
export function makeFolder(folder: string): void {
  if (existsSync(folder) && (!statSync(folder).isDirectory() || readdirSync(folder).length > 0)) {
    throw new CliError('FILE_EXISTS', `${folder} is there and not empty; nothing was written`, EXIT.usage);
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
}

/** The evidence and the sound beside the blocks, which lie there, and the sums of all three. */
export function writeFolder(folder: string, { blocks, evidence, ogg }: VoiceFolder): void {
  const text = textOf(evidence);
  writeReadable(join(folder, VOICE_FILES.evidence), text);
  writeReadable(join(folder, VOICE_FILES.ogg), ogg);
  writeReadable(join(folder, VOICE_FILES.sums), Buffer.from(sumsOf([blocks, text, ogg])));
}

/** Refuses what is not to the byte what was exported: FILE_DIFFERS; FILE_NOT_EVIDENCE; a file that is missing: FILE_UNREADABLE. */
export function readFolder(folder: string): VoiceFolder {
  const bytes = SUMMED.map((name) => readInput(join(folder, name)));
  const sums = readInput(join(folder, VOICE_FILES.sums)).toString('utf8');
  if (sums !== sumsOf(bytes)) {
    const wrong = SUMMED.filter((name, at) => !sums.includes(sumLine(name, bytes[at] ?? new Uint8Array())));
    throw new CliError('FILE_DIFFERS', `${wrong.length === 0 ? VOICE_FILES.sums : wrong.join(', ')} in ${folder} is not as it was exported / 文件已被改动`);
  }
  const [blocks = new Uint8Array(), text = new Uint8Array(), ogg = new Uint8Array()] = bytes;
  const evidence = evidenceIn(text);
  if (evidence === undefined) throw new CliError('FILE_NOT_EVIDENCE', `${join(folder, VOICE_FILES.evidence)} does not hold what proves a voice, as the export writes it`);
  return { blocks, evidence, ogg };
}

function textOf(evidence: LiveEvidence): Uint8Array {
  return Buffer.from(`${JSON.stringify(evidence)}\n`);
}

/** One spelling only, to the byte. */
function evidenceIn(text: Uint8Array): LiveEvidence | undefined {
  try {
    const { data } = liveEvidenceSchema.safeParse(JSON.parse(Buffer.from(text).toString('utf8')));
    return data !== undefined && Buffer.compare(text, textOf(data)) === 0 ? data : undefined;
  } catch {
    return undefined;
  }
}

/** As `sha256sum` writes them. */
function sumsOf(files: readonly Uint8Array[]): string {
  return SUMMED.map((name, at) => sumLine(name, files[at] ?? new Uint8Array())).join('');
}

function sumLine(name: string, bytes: Uint8Array): string {
  return `${sha256Hex(bytes)}  ${name}\n`;
}
