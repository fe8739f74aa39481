import type { NamedBytes } from '#libs/audit';
import type { PlatformId } from '#libs/contracts';
import { ClarionError } from '../../kernel/errors';
import type { Scope } from '../../kernel/scope';

type Word = NamedBytes['word'];

/** Envelopes as their rows hold them, by the names that leaves give them; what is not there is left out. */
export type EvidenceSource = (scope: Scope, names: readonly string[]) => Promise<ReadonlyMap<string, string>>;

export interface KeptDocument {
  readonly word: string;
  readonly platform: PlatformId;
  readonly digest: string;
  readonly envelope: string;
}

/** A row that no leaf tells of; `subject` is a digest. */
export interface UnsaidRow {
  readonly platform: PlatformId;
  readonly code: string;
  readonly subject: string;
}

/**
 * Where the signed bytes lie that leaves name. The audit knows no feature that follows it: each that keeps such bytes
 * says so here while its module starts, one source for each word, so that nothing is exported half.
 */
export class AuditEvidence {
  private readonly sources = new Map<Word, EvidenceSource>();
  private readonly unsaidSources: (() => Promise<readonly UnsaidRow[]>)[] = [];
  private documentSource: (() => Promise<readonly KeptDocument[]>) | undefined;

  provide(word: Word, source: EvidenceSource): void {
    if (this.sources.has(word)) throw unexpected(`two features keep ${word} envelopes`);
    this.sources.set(word, source);
  }

  /** Trust documents of every platform, in the order of their acceptance: what is signed for all is no secret. */
  provideDocuments(source: () => Promise<readonly KeptDocument[]>): void {
    this.documentSource = source;
  }

  /** Looks for rows that were written past the server. */
  provideUnsaid(look: () => Promise<readonly UnsaidRow[]>): void {
    this.unsaidSources.push(look);
  }

  async unsaid(): Promise<readonly UnsaidRow[]> {
    return (await Promise.all(this.unsaidSources.map((look) => look()))).flat();
  }

  async documents(): Promise<readonly KeptDocument[]> {
    if (this.documentSource === undefined) throw unexpected('nobody keeps the trust documents');
    return this.documentSource();
  }

  /** By word and name. */
  async find(scope: Scope, named: readonly NamedBytes[]): Promise<(named: NamedBytes) => string | undefined> {
    const found = new Map<Word, ReadonlyMap<string, string>>();
    for (const word of new Set(named.map((one) => one.word))) {
      const source = this.sources.get(word);
      if (source === undefined) throw unexpected(`nobody keeps ${word} envelopes`);
      found.set(word, await source(scope, named.filter((one) => one.word === word).map(({ name }) => name)));
    }
    return ({ word, name }) => found.get(word)?.get(name);
  }
}

function unexpected(sentence: string): ClarionError {
  return new ClarionError('UNEXPECTED', sentence, { family: 'unexpected' });
}
