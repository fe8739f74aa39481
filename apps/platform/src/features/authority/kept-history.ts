import { appendFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { envelopeSchema, headRefSchema, platformIdSchema, unixMsSchema, type EnvelopeShape, type HeadRef, type PlatformId } from '#libs/contracts';
import { errorCode } from '../../kernel/errors';
import type { Log } from '../../kernel/log';
import type { DocumentWord } from './authority.store';

const marksSchema = z.strictObject({
  format: z.literal('clarion-history.v1'),
  heads: z.array(headRefSchema),
  /** Of logs that were put back and whose loss somebody has accepted: how far what is lost went. */
  accepted: z.array(z.strictObject({ platform: platformIdSchema, treeSize: z.int().min(0) })),
  doubtSince: unixMsSchema.nullable(),
});
const documentSchema = z.strictObject({ word: z.enum(['root', 'charter', 'roster', 'revocation']), platform: platformIdSchema, version: z.int().min(1), envelope: envelopeSchema });

export interface KeptDocument { readonly word: DocumentWord; readonly platform: PlatformId; readonly version: number; readonly envelope: EnvelopeShape }
export interface HistoryMarks {
  readonly heads: readonly HeadRef[];
  readonly accepted: readonly { readonly platform: PlatformId; readonly treeSize: number }[];
  readonly doubtSince: number | null;
}

export const NO_MARKS: HistoryMarks = { heads: [], accepted: [], doubtSince: null };

/** What this server knows of its own past apart from the database: how far its logs went, and every document that it accepted. */
export interface KeptHistory {
  marks(): HistoryMarks;
  keepMarks(marks: HistoryMarks): void;
  documents(): readonly KeptDocument[];
  keepDocuments(documents: readonly KeptDocument[]): void;
  /** Somebody begins anew with a bootstrap file: the past is another installation's. */
  forget(): void;
}

/** `KeptHistory` in two files of the data folder, beside the database's own. A disk that gives or takes nothing is logged and stops nothing. */
export class HistoryFiles implements KeptHistory {
  private readonly marksFile: string;
  private readonly documentsFile: string;

  constructor(folder: string, private readonly log: Pick<Log, 'warn'>) {
    this.marksFile = path.join(folder, 'history.json');
    this.documentsFile = path.join(folder, 'documents.jsonl');
  }

  marks(): HistoryMarks {
    const text = this.read(this.marksFile);
    const parsed = text === undefined ? undefined : marksSchema.safeParse(jsonOf(text));
    if (parsed?.success === false) this.log.warn('history.unreadable', {});
    return parsed?.data ?? NO_MARKS;
  }

  keepMarks(marks: HistoryMarks): void {
    this.write(() => {
      writeFileSync(`${this.marksFile}.new`, JSON.stringify({ format: 'clarion-history.v1', ...marks }), { mode: 0o600, flush: true });
      renameSync(`${this.marksFile}.new`, this.marksFile);
    });
  }

  /** A line that a power cut left half is none. */
  documents(): readonly KeptDocument[] {
    return (this.read(this.documentsFile) ?? '').split('\n').flatMap((line) => {
      const parsed = line === '' ? undefined : documentSchema.safeParse(jsonOf(line));
      return parsed?.success === true ? [parsed.data] : [];
    });
  }

  keepDocuments(documents: readonly KeptDocument[]): void {
    this.write(() => { appendFileSync(this.documentsFile, `\n${documents.map((document) => JSON.stringify(document)).join('\n')}\n`, { mode: 0o600, flush: true }); });
  }

  forget(): void {
    this.write(() => {
      for (const file of [this.marksFile, this.documentsFile]) rmSync(file, { force: true });
    });
  }

  private read(file: string): string | undefined {
    try {
      return readFileSync(file, 'utf8');
    } catch (cause) {
      if (errorCode(cause) !== 'ENOENT') this.log.warn('history.unreadable', {}, cause);
      return undefined;
    }
  }

  private write(act: () => void): void {
    try {
      act();
    } catch (cause) {
      this.log.warn('history.unwritten', {}, cause);
    }
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
